"""The OpenAPI document of the console's API, made of its endpoints: `python -m worker.console.document` writes it."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from worker.console.app import ENDPOINTS
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import COOKIE, HEADER
from worker.console.visits import Login

FILE = Path(__file__).with_name("openapi.json")
REFERENCE = "#/components/schemas/{model}"
JSON = "application/json"
SAYS = (
    "What the console's page is made of; lists and acts have the JSON of the commands of the same name. Contact ids are"
    " masked, and of a body in base64 only the size is told, unless a request says `reveal=true`; sessions of a list"
    " have their context if it says `context=true`. Reading needs nothing on the console's own machine; acting needs"
    " the cookie of a login, its CSRF token, and the console's own Origin."
)
ERROR = {
    "description": "Refused, and what to do.",
    "content": {
        JSON: {
            "schema": {
                "type": "object",
                "properties": {"error": {"type": "string"}},
                "required": ["error"],
            }
        }
    },
}
LIVE = (
    "Server-sent events, each JSON: `snapshot` when it begins; then `session` with a row of the list, without context,"
    " and the `type` of its event, to be dropped unless its `sessionVersion` is above the one known, or is the same and"
    " its `updatedAt` later; `counts` of tabs by tenant, `agent`, `letters`, `health`, `replay` with its progress;"
    " `resync` when something may have been missed: ask anew, and where its `why` is `slow`, begin with a new stream."
)

Schema = dict[str, Any]
Key = tuple[str, JsonSchemaMode]
Kind = tuple[str, JsonSchemaMode, TypeAdapter[Any]]


def document(endpoints: list[Endpoint] = ENDPOINTS) -> Schema:
    """The document."""
    schemas, components = _schemas(endpoints)
    paths: dict[str, Schema] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "handover-worker console",
            "version": version("handover-worker"),
            "description": SAYS,
        },
        "paths": {**paths, **_others(schemas)},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "login": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "csrf": {"type": "apiKey", "in": "header", "name": HEADER},
            },
        },
    }


def text() -> str:
    """The file as it has to be."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _schemas(endpoints: list[Endpoint]) -> tuple[dict[Key, Schema], Schema]:
    answers: list[Kind] = [(_name(each), "serialization", TypeAdapter(each.answer)) for each in endpoints]
    bodies: list[Kind] = [
        (_name(each), "validation", TypeAdapter(each.body)) for each in endpoints if each.body is not None
    ]
    login: Kind = ("login", "validation", TypeAdapter(Login))
    schemas, rest = TypeAdapter.json_schemas([*answers, *bodies, login], ref_template=REFERENCE)
    return dict(schemas), rest["$defs"]


def _operation(endpoint: Endpoint, schemas: dict[Key, Schema]) -> Schema:
    name = _name(endpoint)
    item = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    parameters = [*([item] if endpoint.names_item else []), *_parameters(endpoint.query)]
    return {
        "summary": endpoint.says,
        "operationId": name,
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(schemas[name, "validation"])} if endpoint.body else {}),
        **({"security": [{"login": [], "csrf": []}]} if endpoint.method == "POST" else {}),
        "responses": {
            "200": {"description": "Done.", "content": {JSON: {"schema": schemas[name, "serialization"]}}},
            "4XX": ERROR,
            "5XX": ERROR,
        },
    }


def _parameters(query: type[Asked] | None) -> Iterator[Schema]:
    if query is None:
        return
    schema = query.model_json_schema(ref_template=REFERENCE)
    for name, each in schema["properties"].items():
        told = {key: value for key, value in each.items() if key not in ("title", "description")}
        says = {"description": each["description"]} if "description" in each else {}
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            **says,
            "schema": told,
        }


def _others(schemas: dict[Key, Schema]) -> Schema:
    """What answers in another way than with JSON."""
    done = {"204": {"description": "Done."}, "4XX": ERROR}
    return {
        "/api/login": {
            "post": {
                "summary": "Take the console's token for a cookie.",
                "operationId": "login",
                "requestBody": _body(schemas["login", "validation"]),
                "responses": done,
            }
        },
        "/api/logout": {
            "post": {"summary": "Give the cookie back.", "operationId": "logout", "responses": done}
        },
        "/api/live": {
            "get": {
                "summary": "What happens, as it happens.",
                "description": LIVE,
                "operationId": "live",
                "responses": {
                    "200": {
                        "description": "Until somebody goes.",
                        "content": {"text/event-stream": {"schema": {"type": "string"}}},
                    }
                },
            }
        },
    }


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def _name(endpoint: Endpoint) -> str:
    """`GET /api/sessions/{id}/story` is `get_sessions_id_story`."""
    words = endpoint.path.removeprefix("/api/").replace("{", "").replace("}", "")
    return f"{endpoint.method.lower()}_{words.replace('/', '_')}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
