# SPDX-License-Identifier: Apache-2.0
"""Answers the questions of expect.sh's `json`: each line on standard input names a file and an
expression over the object `r` that the file holds; one line says "+" and the value, or "!" and what
went wrong. One process for all of them: in the guest Python takes far longer to start than this."""
import json
import sys

for line in sys.stdin:
    file, _, expression = line.rstrip("\n").partition("\t")
    try:
        with open(file) as text:
            answer = "+" + str(eval(expression, {"r": json.load(text)}))
    except Exception as problem:
        answer = f"!{file}: {expression}: {type(problem).__name__}: {problem}"
    print(answer.replace("\n", "\\n"), flush=True)
