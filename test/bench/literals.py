"""Times ast.literal_eval on manifests: paths on standard input, one a line; rounds as the only argument.

Prints the median seconds of a round over all manifests, read into memory before.
"""
import ast
import statistics
import sys
import time

texts = [open(path.rstrip('\n'), encoding='utf-8').read() for path in sys.stdin]
rounds = []
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    for text in texts:
        ast.literal_eval(text)
    rounds.append(time.perf_counter() - start)
print(statistics.median(rounds))
