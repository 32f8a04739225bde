"""What the tool did that this program replaces: join, exists, symlink, over the Python SDK of MCP.

Arguments: a folder of repositories, and an addons directory. Without the SDK a bare loop that reads JSON-RPC stands in for
it, which is less than any server of that SDK does. Prints on standard error which one it is.
"""
import json
import os
import sys

ROOT, TARGET = sys.argv[1:3]


def oca_link(module: str) -> dict:
    """Links a module."""
    for repository in sorted(os.listdir(ROOT)):
        source = os.path.join(ROOT, repository, module)
        if os.path.exists(source):
            break
    else:
        return {'status': 'not_found', 'module': module}
    link = os.path.join(TARGET, module)
    if os.path.lexists(link):
        return {'status': 'already_linked', 'module': module, 'link': link, 'source': source}
    os.symlink(source, link)
    return {'status': 'linked', 'module': module, 'link': link, 'source': source}


def serve_by_hand():
    for line in sys.stdin:
        message = json.loads(line)
        if 'id' not in message:
            continue
        result = {}
        if message['method'] == 'initialize':
            version = message['params']['protocolVersion']
            result = {
                'protocolVersion': version,
                'capabilities': {'tools': {}},
                'serverInfo': {'name': 'old', 'version': '0'},
            }
        elif message['method'] == 'tools/call':
            answer = oca_link(**message['params']['arguments'])
            content = [{'type': 'text', 'text': json.dumps(answer, indent=2)}]
            result = {'content': content, 'structuredContent': answer, 'isError': False}
        print(json.dumps({'jsonrpc': '2.0', 'id': message['id'], 'result': result}), flush=True)


try:
    from importlib.metadata import version

    try:
        from mcp.server.fastmcp import FastMCP
    except ImportError:
        from mcp.server import MCPServer as FastMCP
except ImportError:
    print('a bare loop in Python', file=sys.stderr, flush=True)
    serve_by_hand()
else:
    print(f'mcp {version("mcp")}', file=sys.stderr, flush=True)
    server = FastMCP('old')
    server.tool()(oca_link)
    server.run()
