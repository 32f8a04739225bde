"""Runs a command on a terminal of its own, and types when it asks: terminal.py QUESTION ANSWER COMMAND...

Prints everything that was shown, and ends as the command does. Without an answer the terminal goes away instead.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

question, answer = (os.fsencode(argument) for argument in sys.argv[1:3])
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execv(sys.argv[3], sys.argv[3:])

shown = b""
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:  # Linux, when nobody has it open any more
        break
    if data == b"":
        break
    is_asked = question in shown
    shown += data
    if question in shown and not is_asked:
        if answer == b"":
            os.close(terminal)
            break
        os.write(terminal, answer)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
