"""The page of the API: every call with what it takes and gives and a command to try, made from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

Json = dict[str, Any]
REF = "#/components/schemas/"


class ApiPage(DocsBase):
    """Documentation as a page of this site, in its colours and without a script."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        document = api.get_openapi_schema(path_prefix="/api/")
        schemas = document["components"]["schemas"]
        groups: dict[str, list[Json]] = {}
        for path, methods in document["paths"].items():
            for method, call in methods.items():
                groups.setdefault(call["tags"][0], []).append(_call(request, path, method, call, schemas))
        shapes = [
            {"name": name, "doc": schema.get("description", ""), "fields": list(_fields(schema))}
            for name, schema in sorted(schemas.items())
        ]
        # Every second part stood between backquotes.
        doc = document["info"]["description"].split("`")
        return render(request, "web/api.html", {"groups": groups, "shapes": shapes, "doc": doc})


def _call(request: HttpRequest, path: str, method: str, call: Json, schemas: Json) -> Json:
    body = call.get("requestBody", {}).get("content", {})
    kind, content = next(iter(body.items()), ("", {}))
    schema = content.get("schema", {})
    parameters = [
        {**_field(given["name"], given["schema"], given.get("required", False)), "where": given["in"]}
        for given in call.get("parameters", [])
    ]
    return {
        "id": call["operationId"],
        "method": method.upper(),
        "path": path,
        "doc": call.get("description") or call.get("summary", ""),
        "parameters": parameters,
        "body": _words(schema) if body else "",
        "fields": list(_fields(_resolved(schema, schemas))),
        "answers": [
            {"status": status, "shape": _words(next(iter(answer.get("content", {}).values()), {}).get("schema", {}))}
            for status, answer in call["responses"].items()
        ],
        "command": _command(request, path, method, kind, _resolved(schema, schemas)),
    }


def _resolved(schema: Json, schemas: Json) -> Json:
    found: Json = schemas.get(schema["$ref"].removeprefix(REF), {}) if "$ref" in schema else schema
    return found


def _fields(schema: Json) -> Iterator[Json]:
    for name, field in schema.get("properties", {}).items():
        yield _field(name, field, name in schema.get("required", []))


def _field(name: str, schema: Json, required: bool) -> Json:
    """A field in words, and which of the shapes below it leads to."""
    bounds = [
        f"{word} {schema[key]:,}"
        for key, word in (("minimum", "from"), ("maximum", "to"))
        if schema.get(key) is not None
    ]
    default = schema.get("default")
    return {
        "name": name,
        "kind": " ".join([_words(schema), *bounds]),
        "required": required,
        "default": "" if default is None else json.dumps(default),
        "doc": schema.get("description", ""),
    }


def _words(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(REF))
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(_words(one) for one in schema[key]))
    if "allOf" in schema:
        return _words(schema["allOf"][0])
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"list of {_words(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_words(schema['additionalProperties'])}"
    return str(schema.get("type", "anything"))


def _command(request: HttpRequest, path: str, method: str, kind: str, schema: Json) -> str:
    """A call with curl; what has to be put in stands in capitals."""
    address = request.build_absolute_uri(path)
    for part in path.split("{")[1:]:
        name = part.partition("}")[0]
        # The address is percent-encoded by now.
        address = address.replace(f"%7B{name}%7D", name.upper()).replace(f"{{{name}}}", name.upper())
    lines = [f'curl -H "Authorization: Bearer $TOKEN" {address}']
    if method != "get":
        lines[0] = lines[0].replace("curl ", f"curl -X {method.upper()} ", 1)
    if kind == "application/json":
        given = {name: _example(schema["properties"][name], name) for name in schema.get("required", [])}
        lines += ['  -H "Content-Type: application/json"', f"  -d '{json.dumps(given)}'"]
    elif kind:
        lines += [f'  -H "Content-Type: {kind}"', "  --data-binary @FILE"]
    return " \\\n".join(lines)


def _example(schema: Json, name: str) -> Any:
    simple: Json = {"integer": 1, "number": 1.0, "boolean": True, "object": {}, "array": []}
    if "enum" in schema:
        return schema["enum"][0]
    return simple.get(str(schema.get("type")), name.upper())
