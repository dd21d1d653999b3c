"""As much of JSON Schema as docs/show.schema.json uses."""

from collections.abc import Iterator

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def breaches(value: object, schema: dict, root: dict, at: str = "$") -> Iterator[str]:
    """Say where a value breaks a schema."""
    if "$ref" in schema:
        yield from breaches(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of {schema['enum']}"
    if "anyOf" in schema and all(list(breaches(value, one, root, at)) for one in schema["anyOf"]):
        yield f"{at}: {value!r} fits none of the alternatives"
    names = schema.get("type", list(TYPES))
    wanted = [TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    if not any(isinstance(value, one) for one in wanted) or (isinstance(value, bool) and bool not in wanted):
        yield f"{at}: {value!r} is not {names}"
    if isinstance(value, int) and value < schema.get("minimum", value):
        yield f"{at}: {value} is less than {schema['minimum']}"
    if isinstance(value, dict):
        yield from (f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            if inner is False:
                yield f"{at}: {name} is not in the contract"
            else:
                yield from breaches(item, inner, root, f"{at}.{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from breaches(item, schema.get("items", {}), root, f"{at}[{index}]")
