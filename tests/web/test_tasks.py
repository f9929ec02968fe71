"""The task list of ours is that of NHS.UK."""

from __future__ import annotations

from html.parser import HTMLParser

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

TASKS = [
    {"heading": "Title & <words>", "href": "/a?b=1&c=2", "status": "Done", "colour": ""},
    {"heading": "Why", "href": "/why", "status": "To do", "colour": "blue"},
]
OURS = '{% from "tasks.html" import task_list %}{{ task_list("tasks-1", tasks) }}'
THEIRS = (
    '{% from "nhsuk/components/task-list/macro.jinja" import taskList %}'
    '{{ taskList({"idPrefix": "tasks-1", "items": tasks}) }}'
)


class Said(HTMLParser):
    """Tags, with their attributes whatever the order, and words, whatever the space around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: set((value or "").split()) for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.found += [data.strip()] * bool(data.strip())


def test_the_task_list_is_that_of_nhs_uk() -> None:
    loaders = [PackageLoader("openhaven.web"), PackageLoader("nhsuk_frontend_jinja")]
    jinja = Environment(loader=ChoiceLoader(loaders), autoescape=True, undefined=ChainableUndefined)
    theirs = [
        {**each, "status": {"tag": {"text": each["status"], "classes": f"nhsuk-tag--{each['colour']}"}}}
        if each["colour"]
        else {**each, "status": {"text": each["status"]}}
        for each in TASKS
    ]
    ours = Said(jinja.from_string(OURS).render(tasks=TASKS)).found
    assert ours == Said(jinja.from_string(THEIRS).render(tasks=theirs)).found
    assert "Title & <words>" in ours
