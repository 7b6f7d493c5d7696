"""
`python -m local.spark`: the kernel. The first line of its input is its options, then one JSON object a line:

    {"id": 1, "run": {"notebook": "/…/a.py", "parameters": {"schema": "batch"}, "name": "a", "timeout": 60}}
    {"id": 2, "sql": {"statement": "SELECT :x AS x", "parameters": {"x": 1}}}
    {"cancel": 1}
    {"secrets": {"scope": {"key": "value"}}}      what runs that begin from now on may read

and it answers, each on a line of its own: `{"ready": …}` or `{"fatal": …}`, then `{"id": 1, "output": "…"}`
any number of times, and at last `{"id": 1, "result": …}` or `{"id": 2, "error": "…"}`. It ends when its input
does.
"""

from .kernel import main

main()
