"""Random documents, and what lxml (libxml2) says of them.

    python3 make_lxml.py [FOLDER [COUNT]]

writes lxml-selected.json and lxml-well-formed.json. Needs lxml; the files that are kept were made
with lxml 6.1.3, libxml2 2.14.6.
"""

import json
import pathlib
import random
import sys

from lxml import etree

NAMESPACES = {"p": "urn:1", "q": "urn:2"}
DEFAULT = "urn:d"
BLANK = " \t\r\n"


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    # documents

    def document(self):
        head = self.one("", "", "<?xml version='1.0'?>", "<!-- head --> ", "\n<?t head?>")
        root = f"<r xmlns:p='urn:1' xmlns:q=\"urn:2\"{self.attributes()}>"
        return head + root + self.children(0) + "</r>" + self.one("", "\n", "<!--t-->")

    def children(self, depth):
        return "".join(self.child(depth) for _ in range(self.random.randrange(5)))

    def child(self, depth):
        if self.chance(0.35) or depth > 5:
            return self.text()
        name = self.name()
        attributes = self.attributes()
        if self.chance(0.2):
            return f"<{name}{attributes}{self.one('', ' ')}/>"
        return f"<{name}{attributes}>{self.children(depth + 1)}</{name}{self.one('', ' ')}>"

    def name(self):
        return self.one("", "", "", "p:", "q:") + self.one("a", "b", "c")

    def attributes(self):
        names = self.random.sample(["x", "y", "p:x", "q:x", "q:y"], self.one(0, 0, 1, 2, 3))
        text = "".join(f" {name}={self.quoted()}" for name in names)
        return text + (f" xmlns='{self.one('', DEFAULT, 'urn:1')}'" if self.chance(0.15) else "")

    def quoted(self):
        quote = self.one("'", '"')
        value = self.one("1", "2", "", "1", "&#49;", "&lt;é", "a b", "1&#10;", "1\t2", "1\n2", ">]]>")
        return quote + value + quote

    def text(self):
        # next to a CDATA section no white space: lxml makes one text of them
        return self.one(
            "1", "text", " ", "\n  ", "é", "&amp;", "&#x31;", "1 > 2", "]]", "a&lt;b ]",
            "u<![CDATA[v]]>", "<![CDATA[<&>]]]]>", "<![CDATA[x]]><![CDATA[y]]>",
            "<!-- - c -->", "<?t x?y?>", "<?t?>",
        )

    # XPaths: ours, and the same for lxml

    def xpath(self):
        ours, theirs = self.path()
        if self.chance(0.15):
            more = self.path()
            ours, theirs = f"{ours} | {more[0]}", theirs + more[1]
        return ours, theirs

    def path(self):
        start = self.one("", "", "/r")
        ours = theirs = start
        for _ in range(self.one(1, 1, 2, 2, 3)):
            slashes = self.one("/", "//")
            name, test = self.name_test()
            condition, their_condition = ("", "")
            if self.chance(0.3):
                condition, their_condition = self.condition(2, False)
                condition, their_condition = f"[{condition}]", f"[{their_condition}]"
            ours += f"{slashes}{name}{condition}"
            theirs += f"{slashes}{test}{their_condition}"
        slashes = self.one("/", "//")
        end = self.one("", "", "text", "attribute", "attribute")
        if end == "text":
            return f"{ours}{slashes}text()", [("text", f"{theirs}{slashes}text()")]
        if end == "attribute":
            name, test = self.attribute_test(False)
            return f"{ours}{slashes}@{name}", [("attribute", f"{theirs}{slashes}@{test}")]
        return ours, [("text", f"{theirs}//text()")]

    def name_test(self):
        name = self.one("a", "b", "c", "a", "b", "*", "p:a", "q:b", "q:*", "*:c")
        return name, self.stricter(name)

    def attribute_test(self, negated):
        name = self.one("x", "y", "x", "*", "p:x", "q:*", "*:y")
        plain = negated and ":" not in name and name != "*"
        return name, name if plain else self.stricter(name)

    @staticmethod
    def stricter(name):
        """A name without a prefix stands for every namespace."""
        local = name.removeprefix("*:")
        return local if local == "*" or ":" in local else f"*[local-name()='{local}']"

    def condition(self, depth, negated):
        kind = self.one("test", "test", "not", "and", "or") if depth else "test"
        if kind == "not":
            ours, theirs = self.condition(depth - 1, not negated)
            return f"not({ours})", f"not({theirs})"
        if kind in ("and", "or"):
            one, other = self.condition(depth - 1, negated), self.condition(depth - 1, negated)
            return f"({one[0]} {kind} {other[0]})", f"({one[1]} {kind} {other[1]})"
        name, test = self.attribute_test(negated)
        compared = self.one("", "='1'", "!='1'", "='a b'", "='1 2'", "=''")
        return f"@{name}{compared}", f"@{test}{compared}"

    # damage

    def damaged(self, text):
        for _ in range(self.one(1, 1, 2)):
            at = self.random.randrange(len(text) + 1)
            end = min(len(text), at + self.one(0, 0, 1, 1, 2, 5))
            put = self.one(
                "", "", "<", ">", "&", ";", "'", '"', "/", "]]>", "--", "?>", "<!--", "<b>", "</b>",
                " ", ":", "=", "x", "1", "\x01", "\ufffe", "\ufffd", "&#0;", "&#x10FFFF;", "&#xD800;",
                "&b;", "<![CDATA[", "\u00d7", "\u00b7", "\u0300", "é", "p:", "z:", " xmlns:z=''",
                " xmlns:z='u'", " xml:lang='e'", "<?xml ?>", "<?T y?>", "-", " x='2'", "\x7f", "\u0085",
            )
            text = text[:at] + put + text[end:]
        return text


def parse(text):
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=False, strip_cdata=False
    )
    return etree.fromstring(text.encode(), parser)


def attribute_values(element):
    if isinstance(element.tag, str):
        for name, value in element.attrib.items():
            yield (element, name), value


def in_order(element, found):
    """Attributes and texts as they stand in the document."""
    if isinstance(element.tag, str):
        found.extend(attribute_values(element))
        if element.text:
            found.append(((element, "text"), element.text))
        for child in element:
            in_order(child, found)
            if child.tail:
                found.append(((child, "tail"), child.tail))
    return found


def key(result):
    parent = result.getparent()
    if result.is_attribute:
        return parent, result.attrname
    return parent, "tail" if result.is_tail else "text"


def selected(root, queries):
    """For each text and attribute that a query selects: the first query, and its content."""
    rules = {}
    for rule, theirs in enumerate(queries):
        for _, query in theirs:
            for result in root.getroottree().xpath(query, namespaces=NAMESPACES):
                rules.setdefault(key(result), rule)
    values = []
    for place, content in in_order(root, []):
        blank = not content.strip(BLANK) if place[1] in ("text", "tail") else content == ""
        if place in rules and not blank:
            values.append([rules[place], content])
    return values


def selections(count):
    cases = []
    for seed in range(count):
        generator = Generator(seed)
        text = generator.document()
        xpaths = [generator.xpath() for _ in range(generator.one(1, 1, 2, 3))]
        try:
            root = parse(text)
        except etree.XMLSyntaxError:
            # two prefixes may stand for one namespace
            continue
        if "\n2" in text or "\t2" in text or "&#10;" in text:
            # the scanner's values are as spelled, lxml's are normalized
            xpaths = [each for each in xpaths if "@" not in each[0].replace("[@", "").split("]")[-1]]
        values = selected(root, [theirs for _, theirs in xpaths])
        cases.append({"xml": text, "xpaths": [ours for ours, _ in xpaths], "values": values})
    return cases


def verdicts(count):
    cases = []
    for seed in range(count):
        generator = Generator(-1 - seed)
        text = generator.document()
        if seed % 8:
            text = generator.damaged(text)
        try:
            parse(text)
            accepted = True
        except etree.XMLSyntaxError:
            accepted = False
        cases.append([text, accepted])
    return cases


def write(path, cases):
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    path.write_text(f"[\n{lines}\n]\n")


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    write(folder / "lxml-selected.json", selections(count or 600))
    write(folder / "lxml-well-formed.json", verdicts(count or 400))


main()
