"""
What clients in Python are asked to do with the built server. Says for each job, a line of JSON, whether it passed, or why not.

    jobs.py KIND MODE COMMAND...

KIND is `mcp` or `fastmcp`, as installed where this runs; MODE is `legacy`, `auto` or a revision of the protocol, and only
`legacy` for version 1 of `mcp`; COMMAND starts the server, to which the options are added.

    jobs.py world FOLDER

makes the world that the jobs need in a folder, for clients in other languages.
"""

import contextlib
import json
import os
import sys
import tempfile
import traceback
from importlib.metadata import version

with contextlib.suppress(ImportError):  # Who only makes a world has no client.
    import anyio

MANY = 200
POLICY = {
    "version": "1",
    "default": "allow",
    "approval_channel": "elicit",
    "tools": {"ee_link": {"action": "deny"}, "oca_unlink": {"action": "require_approval"}},
}
LISTS = {"tools", "prompts", "resources"}
MODERN = "2026-07-28"


class World:
    """A scratch folder with modules, an addons directory and a configuration."""

    def __init__(self, place):
        self.place = place
        self.linked = os.path.join(place, "linked")
        os.mkdir(self.linked)
        for name in ["web_a", *(f"{group}{at}" for group in "mn" for at in range(MANY))]:
            self.write(f"src/oca/web/{name}/__init__.py", "")
            manifest = {"name": "Test", "version": "17.0.1.0.0", "license": "AGPL-3", "depends": ["base"]}
            self.write(f"src/oca/web/{name}/__manifest__.py", repr(manifest))
        os.makedirs(os.path.join(place, "src/ee"))
        self.obey(POLICY)
        prod = {"series": "17.0", "addonsDirs": ["linked"], "roots": {"oca": ["src/oca"], "ee": ["src/ee"]}}
        config = {"instances": {"prod": prod}, "policy": "policy.json", "stateDir": "state"}
        self.config = self.write("odoo-link.json", json.dumps(config))

    def write(self, name, text):
        path = os.path.join(self.place, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def obey(self, policy):
        self.write("policy.json", json.dumps(policy))

    def links(self):
        return sorted(os.listdir(self.linked))


class First:
    """Version 1 of `mcp`."""

    def __init__(self, command, mode, heard):
        self.command, self.heard = command, heard
        check(mode == "legacy", f"it has no mode {mode}")

    @contextlib.asynccontextmanager
    async def connected(self):
        from mcp import ClientSession, StdioServerParameters, stdio_client, types

        async def answer(context, params):
            return types.ElicitResult(action="accept", content={"name": "web_a"})

        async def hear(message):
            if isinstance(message, types.ServerNotification):
                self.heard(message.root.method)

        start = StdioServerParameters(command=self.command[0], args=self.command[1:])
        async with (
            stdio_client(start) as (read, write),
            ClientSession(read, write, elicitation_callback=answer, message_handler=hear) as self.session,
        ):
            told = await self.session.initialize()
            self.revision, self.instructions = told.protocolVersion, told.instructions
            yield

    async def count(self):
        session = self.session
        templates = (await session.list_resource_templates()).resourceTemplates
        tools, prompts = (await session.list_tools()).tools, (await session.list_prompts()).prompts
        return [len(some) for some in (tools, prompts, (await session.list_resources()).resources, templates)]

    async def call(self, name, args, progress=None):
        result = await self.session.call_tool(name, args, progress_callback=progress)
        return result.isError, result.structuredContent

    async def call_and_cancel(self, name, args):
        from mcp import types

        number = self.session._request_id
        async with anyio.create_task_group() as tasks:

            async def cancel(*_):
                params = types.CancelledNotificationParams(requestId=number)
                notification = types.CancelledNotification(params=params)
                await self.session.send_notification(types.ClientNotification(notification))
                tasks.cancel_scope.cancel()

            await self.call(name, args, cancel)

    async def read(self, uri):
        return (await self.session.read_resource(uri)).contents[0].text

    async def complete(self, prompt, argument, value):
        from mcp import types

        ref = types.PromptReference(type="ref/prompt", name=prompt)
        return (await self.session.complete(ref, {"name": argument, "value": value})).completion.values

    def listening(self):
        return contextlib.nullcontext()


class Second(First):
    """Version 2 of `mcp`."""

    def __init__(self, command, mode, heard):
        self.command, self.mode, self.heard = command, mode, heard

    @contextlib.asynccontextmanager
    async def connected(self):
        from mcp import Client, StdioServerParameters
        from mcp_types import ElicitResult

        async def answer(context, params):
            return ElicitResult(action="accept", content={"name": "web_a"})

        start = StdioServerParameters(command=self.command[0], args=self.command[1:])
        async with Client(
            start, mode=self.mode, elicitation_callback=answer, message_handler=self.hear
        ) as self.client:
            self.session = self.client.session
            self.revision, self.instructions = self.client.protocol_version, self.client.instructions
            yield

    async def hear(self, message):
        method = getattr(message, "method", None)
        if method is not None:
            self.heard(method)

    async def count(self):
        client = self.client
        templates = (await client.list_resource_templates()).resource_templates
        tools, prompts = (await client.list_tools()).tools, (await client.list_prompts()).prompts
        return [len(some) for some in (tools, prompts, (await client.list_resources()).resources, templates)]

    async def call(self, name, args, progress=None):
        result = await self.client.call_tool(name, args, progress_callback=progress)
        return result.is_error, result.structured_content

    async def call_and_cancel(self, name, args):
        with anyio.CancelScope() as scope:

            async def cancel(*_):
                scope.cancel()

            await self.call(name, args, cancel)

    async def read(self, uri):
        return (await self.client.read_resource(uri)).contents[0].text

    async def complete(self, prompt, argument, value):
        from mcp_types import PromptReference

        ref = PromptReference(type="ref/prompt", name=prompt)
        return (await self.client.complete(ref, {"name": argument, "value": value})).completion.values

    def listening(self):
        """Clients of the later revision hear only what they ask for."""
        from mcp.client.subscriptions import listen

        if self.revision != MODERN:
            return contextlib.nullcontext()
        return listen(
            self.session, tools_list_changed=True, prompts_list_changed=True, resources_list_changed=True
        )


class FastMcp(Second):
    """`fastmcp`, which is made of version 2."""

    @contextlib.asynccontextmanager
    async def connected(self):
        from fastmcp import Client
        from fastmcp.client.elicitation import ElicitResult
        from fastmcp.client.transports import StdioTransport

        async def answer(message, response_type, params, context):
            return ElicitResult(action="accept", content={"name": "web_a"})

        start = StdioTransport(command=self.command[0], args=self.command[1:], keep_alive=False)
        async with Client(
            start, mode=self.mode, elicitation_handler=answer, message_handler=self.hear
        ) as self.client:
            self.session = self.client.session
            self.revision, self.instructions = self.client.protocol_version, self.client.instructions
            yield

    async def count(self):
        client = self.client
        lists = (client.list_tools, client.list_prompts, client.list_resources, client.list_resource_templates)
        return [len(await some()) for some in lists]

    async def call(self, name, args, progress=None):
        result = await self.client.call_tool(name, args, progress_handler=progress, raise_on_error=False)
        return result.is_error, result.structured_content

    async def read(self, uri):
        return (await self.client.read_resource(uri))[0].text

    async def complete(self, prompt, argument, value):
        from mcp_types import PromptReference

        ref = PromptReference(type="ref/prompt", name=prompt)
        return (await self.client.complete(ref, {"name": argument, "value": value})).values


def check(is_right, what):
    if not is_right:
        raise AssertionError(what)


async def eventually(is_so, what):
    with anyio.move_on_after(30):
        while not is_so():
            await anyio.sleep(0.05)
        return
    raise AssertionError(f"half a minute later: {what()}")


class Jobs:
    """In the order in which they are done, on one connection."""

    def __init__(self, client, world, heard, mode):
        self.client, self.world, self.heard, self.mode = client, world, heard, mode

    async def connect(self):
        revision = "2025-11-25" if self.mode == "legacy" else MODERN
        check(self.client.revision == revision, f"it speaks {self.client.revision}")
        # Who names the revision asks nothing at the beginning.
        if self.mode != MODERN:
            check("prod (Odoo 17.0" in (self.client.instructions or ""), "it has no instructions")

    async def list(self):
        counts = await self.client.count()
        check(counts == [7, 2, 2, 2], f"tools, prompts, resources, templates: {counts}")

    async def link(self):
        is_error, report = await self.client.call("oca_link", {"module": "web_a"})
        check(not is_error and report["status"] == "linked", report)
        check(self.world.links() == ["web_a"], self.world.links())

    async def refusal(self):
        for name, args, code in (
            ("oca_link", {"module": "none"}, "module_not_found"),
            ("oca_link", {"modul": "web_a"}, "invalid_argument"),
            ("ee_link", {"modules": ["web_a"]}, "policy_denied"),
        ):
            is_error, report = await self.client.call(name, args)
            check(is_error and report["code"] == code, report)

    async def elicitation(self):
        is_error, report = await self.client.call("oca_unlink", {"modules": ["web_a"]})
        check(not is_error and report["status"] == "unlinked", report)
        check(self.world.links() == [], self.world.links())

    async def resource(self):
        text = await self.client.read("odoo-link://prod/modules/web_a")
        check(json.loads(text)["module"] == "web_a", text)
        try:
            await self.client.read("odoo-link://prod/modules/none")
        except Exception as error:
            check("[module_not_found]" in str(error), error)
        else:
            raise AssertionError("it read a resource that is not there")

    async def completion(self):
        values = await self.client.complete("why_not_visible", "module", "web")
        check(values == ["web_a"], values)

    async def progress(self):
        seen = []

        async def note(progress, *_):
            seen.append(progress)

        names = [f"m{at}" for at in range(MANY)]
        is_error, report = await self.client.call("oca_link", {"module": names}, note)
        check(not is_error and report["status"] == "linked", report)
        check(len(seen) > 1 and seen == sorted(set(seen)), seen)

    async def cancellation(self):
        before = self.world.links()
        await self.client.call_and_cancel("oca_link", {"module": [f"n{at}" for at in range(MANY)]})
        # The next call waits for the undoing.
        is_error, report = await self.client.call("oca_link", {"module": "web_a"})
        check(not is_error and report["status"] == "linked", report)
        check(self.world.links() == sorted([*before, "web_a"]), f"{len(self.world.links())} links")

    async def policy_change(self):
        wanted = {f"notifications/{kind}/list_changed" for kind in LISTS}
        async with self.client.listening():
            self.world.obey({**POLICY, "hide": ["link_status", "addon_info"]})
            await eventually(lambda: wanted <= set(self.heard), lambda: self.heard)
        counts = await self.client.count()
        check(counts == [5, 1, 1, 0], f"tools, prompts, resources, templates: {counts}")


NAMES = [name for name in vars(Jobs) if not name.startswith("_")]


async def main(kind, mode, command):
    kinds = {"mcp": First if version("mcp").startswith("1.") else Second, "fastmcp": FastMcp}
    heard = []
    done = set()

    def tell(name, result):
        done.add(name)
        print(json.dumps({"job": name, "result": result}), flush=True)

    with tempfile.TemporaryDirectory() as place:
        world = World(os.path.realpath(place))
        start = [*command, "--config", world.config]
        client = kinds[kind](start, mode, heard.append)
        try:
            async with client.connected():
                jobs = Jobs(client, world, heard, mode)
                for name in NAMES:
                    try:
                        with anyio.fail_after(60):
                            await getattr(jobs, name)()
                        tell(name, "pass")
                    except Exception as error:
                        traceback.print_exc()
                        tell(name, f"{type(error).__name__}: {error}")
        except Exception as error:
            traceback.print_exc()
            for name in set(NAMES) - done:
                tell(name, f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    if sys.argv[1] == "world":
        World(sys.argv[2])
        sys.exit()
    anyio.run(main, sys.argv[1], sys.argv[2], sys.argv[3:])
