#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a JSON file to a schema: validate.py SCHEMA FILE [--refuses]

With --refuses the schema itself is tried: it must refuse the file once a field is taken out of it or
given what it can't be, or it would prove nothing.
"""
import copy
import json
import sys

import jsonschema


def broken_copies(model):
    """The model with one fault each."""
    def fault(change):
        other = copy.deepcopy(model)
        change(other)
        return other

    yield "another schema", fault(lambda m: m.update(schema="nobounce.bench/2"))
    yield "no verdicts", fault(lambda m: m.pop("verdicts"))
    yield "four sentences", fault(lambda m: m["answer"].append("and so on"))
    yield "an unknown field", fault(lambda m: m.update(extra=1))
    measured = next(i for i, c in enumerate(model["cells"]) if c["status"] == "measured")
    yield "a cell without throughput", fault(
        lambda m: m["cells"][measured].pop("throughput_gbit_per_s"))
    yield "a missing figure as null", fault(
        lambda m: m["cells"][measured]["roi"].update(total=None))
    yield "a run without figures and without an error", fault(
        lambda m: m["cells"][measured]["runs"][0].pop("seconds"))
    yield "a status that is none", fault(lambda m: m["cells"][measured].update(status="fine"))


def main():
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    with open(sys.argv[2]) as file:
        model = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    faults = [f"{sys.argv[2]}: {e.json_path}: {e.message[:200]}" for e in validator.iter_errors(model)]
    if "--refuses" in sys.argv:
        faults += [f"the schema takes {what}" for what, other in broken_copies(model)
                   if validator.is_valid(other)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
