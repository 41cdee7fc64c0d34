"""Nobody acts in a console but who knows its token, from its own page; and nobody but this machine sees one without."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over
from commands import handover
from consoles import Open
from letterbox import given_letter
from visiting import AS, TOKEN, Visitor

WRONG, SHORT = "another-token-than-that-one", "letmein"
NONE = UUID(int=0)

ACTS = [
    f"/api/sessions/{NONE}/release",
    f"/api/sessions/{NONE}/resolve",
    f"/api/sessions/{NONE}/reassign",
    f"/api/sessions/{NONE}/delete",
    "/api/letters/replay",
    f"/api/letters/{NONE}/edit",
    "/api/letters/discard",
    "/api/letters/restore",
    f"/api/letters/replays/{NONE}/resume",
]


@pytest.mark.parametrize("path", ACTS)
async def test_an_act_wants_a_login_a_csrf_token_and_our_own_page(ada: Visitor, path: str) -> None:
    good = dict(ada.headers)

    async def status(**changed: str | None) -> int:
        ada.headers = {name: value for name, value in {**good, **changed}.items() if value is not None}
        answer = await ada.post(path, {"dryRun": True})
        assert "error" in answer.json
        return answer.status

    assert await status(Cookie=None) == 401
    assert await status(Cookie="handover_console=forged.by.hand") == 401
    assert await status(**{"X-CSRF-Token": None}) == 403
    assert await status(**{"X-CSRF-Token": "another"}) == 403
    assert await status(Origin=None) == 403
    assert await status(Origin="http://evil.example") == 403
    assert await status(Origin="null") == 403
    assert await status(Origin="http://[") == 403
    assert await status() in (404, 422)


async def test_what_was_refused_is_not_done(connection: asyncpg.Connection, ada: Visitor) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    session = await connection.fetchval("select id from inbox_sessions")

    ada.headers["Origin"] = "http://evil.example"
    assert (await ada.post(f"/api/sessions/{session}/resolve")).status == 403
    assert await connection.fetchval("select status from inbox_sessions") == "assigned"


async def test_a_form_of_another_page_is_no_act(ada: Visitor) -> None:
    """What a form can send without asking first."""
    answer = await ada.ask(
        "POST", "/api/letters/discard", b'{"ids": []}', {"Content-Type": "text/plain", **ada.headers}
    )
    assert answer.status == 415


@pytest.mark.parametrize("path", ["/api/login", "/api/logout"])
async def test_logging_in_and_out_is_our_own_pages_too(visitor: Visitor, path: str) -> None:
    visitor.headers["Origin"] = "http://evil.example"
    answer = await visitor.post(path, {"token": TOKEN, "name": AS})
    assert (answer.status, answer.headers.get("set-cookie")) == (403, None)


async def test_a_login_is_by_the_token_alone(visitor: Visitor) -> None:
    assert (await visitor.log_in(token=WRONG)).status == 401
    assert await visitor.get("/api/me") == {
        "acting": False,
        "name": None,
        "csrf": None,
        "canAct": True,
        "canReveal": True,
        "version": "0.1.0",
    }
    answer = await visitor.log_in()
    me = await visitor.get("/api/me")

    assert answer.status == 204
    cookie = answer.headers["set-cookie"].lower()
    assert [
        word for word in ("httponly", "samesite=strict", "max-age=43200", "path=/") if word not in cookie
    ] == []
    assert (me["acting"], me["name"]) == (True, AS)
    assert me["csrf"]


async def test_wrong_tokens_are_tried_one_after_the_other_and_only_so_many(visitor: Visitor) -> None:
    """A right one among too many is refused too: else that would tell it from the others."""
    tries = [asyncio.ensure_future(visitor.log_in(token=f"a-wrong-token-{n:04}")) for n in range(8)]
    first, _ = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
    assert {answer.result().status for answer in first} == {429}
    assert (await visitor.log_in()).status == 429
    assert {answer.status for answer in await asyncio.gather(*tries)} == {401, 429}
    assert (await visitor.log_in()).status == 204


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "a\0b", "a\nb"])
async def test_who_acts_has_a_name(visitor: Visitor, name: str) -> None:
    answer = await visitor.log_in(name=name)
    assert answer.status == 422
    assert answer.json["error"].startswith("name: ")
    assert TOKEN not in answer.body.decode()


async def test_after_logging_out_the_cookie_is_gone_and_its_copies_are_nobodys(ada: Visitor) -> None:
    answer = await ada.post("/api/logout")
    assert answer.status == 204
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert (await ada.get("/api/me"))["acting"] is False
    assert (await ada.post("/api/letters/discard")).status == 401
    await ada.log_in()
    assert (await ada.get("/api/me"))["acting"] is True


async def test_a_cookie_is_of_one_token(ada: Visitor, open_console: Open) -> None:
    other = await open_console(HANDOVER_CONSOLE_TOKEN=WRONG)
    elsewhere = Visitor((await other.logged("console_open"))["address"], {"Cookie": ada.headers["Cookie"]})
    assert (await elsewhere.get("/api/me"))["acting"] is False


async def test_without_a_token_a_console_only_shows(open_console: Open) -> None:
    console = await open_console(HANDOVER_CONSOLE_TOKEN="")
    visitor = Visitor((await console.logged("console_open"))["address"])
    answer = await visitor.log_in()
    acted = [await visitor.post(path, {"dryRun": True}) for path in ACTS]

    assert (await visitor.get("/api/me"))["canAct"] is False
    assert {each.status for each in (answer, *acted)} == {403}
    assert {each.json["error"] for each in (answer, *acted)} == {
        "this console only shows: start it with HANDOVER_CONSOLE_TOKEN to act in it"
    }


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - refused
def test_without_a_token_it_is_of_this_machine_alone(environment: dict[str, str], host: str) -> None:
    result = handover(environment, "console", "--host", host, "--port", 0)
    assert result.returncode == 1
    assert "beyond this machine the console wants a token, set HANDOVER_CONSOLE_TOKEN" in result.stderr


def test_a_token_that_can_be_guessed_is_none(environment: dict[str, str]) -> None:
    result = handover(environment, "console", HANDOVER_CONSOLE_TOKEN=SHORT)
    assert result.returncode == 2
    assert result.stderr.startswith("handover: HANDOVER_CONSOLE_TOKEN: ")
    assert SHORT not in result.stderr


def test_the_token_is_not_shown_with_the_settings(environment: dict[str, str]) -> None:
    result = handover(environment, "config", "--json", HANDOVER_CONSOLE_TOKEN=TOKEN)
    assert "HANDOVER_CONSOLE_TOKEN" in result.stdout
    assert TOKEN not in result.stdout


async def test_the_token_comes_from_a_file_too(
    open_console: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("secret") / "token"
    path.write_text(f"{TOKEN}\n")
    console = await open_console(HANDOVER_CONSOLE_TOKEN="", HANDOVER_CONSOLE_TOKEN_FILE=str(path))
    visitor = Visitor((await console.logged("console_open"))["address"])
    assert (await visitor.log_in()).status == 204


async def test_a_name_that_leads_here_from_elsewhere_is_not_ours(visitor: Visitor) -> None:
    """DNS rebinding: the page of another name, which leads to this machine."""
    port = visitor.netloc.rpartition(":")[2]
    statuses = {
        host: (await visitor.ask("GET", "/api/sessions", headers={"Host": host})).status
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "[",
            f"localhost:{port}",
            f"127.0.0.1:{port}",
            f"[::1]:{port}",
        )
    }
    assert list(statuses.values()) == [421, 421, 421, 200, 200, 200]


async def test_beyond_this_machine_it_answers_to_its_addresses_and_to_names_it_was_given(
    open_console: Open,
) -> None:
    console = await open_console("--host", "0.0.0.0", HANDOVER_CONSOLE_HOSTS="Console.Acme.example, other")  # noqa: S104 - for a moment, of this test
    port = (await console.logged("console_open"))["address"].rpartition(":")[2]
    visitor = Visitor(f"http://127.0.0.1:{port}")
    hosts = ("console.acme.example", f"other:{port}", f"192.0.2.1:{port}", "localhost", "evil.example", "[")
    answers = [await visitor.ask("GET", "/api/me", headers={"Host": host}) for host in hosts]

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 421, 421]
    assert "HANDOVER_CONSOLE_HOSTS" in answers[-1].json["error"]


async def test_behind_a_name_nobody_is_of_this_machine(open_console: Open) -> None:
    console = await open_console(HANDOVER_CONSOLE_HOSTS="console.acme.example")
    visitor = Visitor((await console.logged("console_open"))["address"])
    assert (await visitor.get("/api/me"))["canReveal"] is False


async def test_beyond_this_machine_only_who_acts_sees_contact_ids(
    connection: asyncpg.Connection, open_console: Open
) -> None:
    await handed_over(connection, a_handover("254745050238"))
    session: UUID = await connection.fetchval("select id from inbox_sessions")
    console = await open_console("--host", "0.0.0.0")  # noqa: S104 - for a moment, of this test
    port = (await console.logged("console_open"))["address"].rpartition(":")[2]
    visitor = Visitor(f"http://127.0.0.1:{port}")
    path = f"/api/sessions/{session}"

    assert (await visitor.ask("GET", f"{path}?reveal=true")).status == 401
    assert (await visitor.ask("GET", "/api/sessions?reveal=true")).status == 401
    assert (await visitor.ask("GET", "/api/sessions?name=2547")).status == 401
    assert (await visitor.ask("GET", "/api/sessions?find=2547")).status == 401
    assert (await visitor.get(path))["contactId"] == "254 ••• ••• 238"
    await visitor.log_in()
    assert (await visitor.get(path, reveal="true"))["contactId"] == "254745050238"


@pytest.mark.parametrize("path", ["/api/letters", "/api/letters/groups"])
async def test_beyond_this_machine_only_who_acts_finds_letters_by_what_is_masked(
    connection: asyncpg.Connection, open_console: Open, path: str
) -> None:
    """Else a masked id is read character by character: by what of an error there is a letter."""
    await given_letter(connection, a_handover("254745050238"), error="contact '254745050238' is blocked")
    console = await open_console("--host", "0.0.0.0")  # noqa: S104 - for a moment, of this test
    port = (await console.logged("console_open"))["address"].rpartition(":")[2]
    visitor = Visitor(f"http://127.0.0.1:{port}")
    masked = ("error=2547450", "error=contact+'2", "error=blocked", "contact=254745050238")

    refused = [await visitor.ask("GET", f"{path}?{query}") for query in masked]
    assert [answer.status for answer in refused] == [401] * len(masked)
    assert {answer.json["error"].partition(" to ")[0] for answer in refused} == {
        "log in with the console's token"
    }
    assert (await visitor.ask("GET", f"{path}?reason=failed&tenant=acme")).status == 200
    await visitor.log_in()
    found = await visitor.get(path, error="2547450", contact="254745050238")
    assert [len(each) for each in found.values() if each] == [1]


@pytest.mark.parametrize("path", ["/", "/api/me", "/api/sessions", "/page/nothing", "/api/nothing"])
async def test_whatever_is_answered_says_what_a_browser_may_do(visitor: Visitor, path: str) -> None:
    answer = await visitor.ask("GET", path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
