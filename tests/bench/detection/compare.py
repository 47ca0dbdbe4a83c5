"""Precision and recall of veilgate's detectors beside Presidio's pattern recognizers, in one run.

    python -m detection.compare --find PATH [--documents 6000] [--seed 1] [--json FILE]

from tests/bench, where PATH is the example `find` of the crate `detect`. Presidio runs without its
language models, so without what its context words would add to a score; each of its kinds is given
the score threshold that suits it best, which a user would have to find.
"""

import argparse
import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from .corpus import Document, Gold, generate

THRESHOLDS = [0.01, 0.2, 0.35, 0.45, 0.55, 0.9]
# kind -> the recognizers that look for it
PEERS = {
    "payment-card": ["CreditCardRecognizer"],
    "us-ssn": ["UsSsnRecognizer"],
    "us-itin": ["UsItinRecognizer"],
    "us-aba-routing": ["AbaRoutingRecognizer"],
    "iban": ["IbanRecognizer"],
    "us-npi": ["UsNpiRecognizer"],
    "us-mbi": ["UsMbiRecognizer"],
    "us-dea": ["MedicalLicenseRecognizer"],
    "uk-nhs": ["NhsRecognizer"],
    "uk-nino": ["UkNinoRecognizer"],
    "ca-sin": ["CaSinRecognizer"],
    "au-tfn": ["AuTfnRecognizer"],
    "au-medicare": ["AuMedicareRecognizer"],
    "in-aadhaar": ["InAadhaarRecognizer"],
    "in-pan": ["InPanRecognizer"],
    "es-dni": ["EsNifRecognizer"],
    "es-nie": ["EsNieRecognizer"],
    "it-codice-fiscale": ["ItFiscalCodeRecognizer"],
    "de-steuer-id": ["DeTaxIdRecognizer"],
    "pl-pesel": ["PlPeselRecognizer"],
    "se-personnummer": ["SePersonnummerRecognizer"],
    "sg-nric": ["SgFinRecognizer"],
    "passport": ["UsPassportRecognizer", "UkPassportRecognizer", "ItPassportRecognizer"],
    "mac-address": ["MacAddressRecognizer"],
    "email": ["EmailRecognizer"],
    "phone": ["PhoneRecognizer"],
    "ipv4": ["IpRecognizer"],
    "ipv6": ["IpRecognizer"],
}


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float
    f1: float


def found_by_veilgate(find: str, documents: list[Document], kinds: list[str]) -> list[list[Gold]]:
    """All detectors at once, as a policy would have them."""
    lines = (json.dumps({"detectors": kinds, "text": document.text}) for document in documents)
    answer = subprocess.run(
        [find], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = []
    for document, line in zip(documents, answer, strict=True):
        raw = document.text.encode()
        found.append(
            [
                Gold(
                    each["detector"],
                    len(raw[: each["start"]].decode()),
                    len(raw[: each["end"]].decode()),
                )
                for each in json.loads(line)
            ]
        )
    return found


def recognizer(name: str) -> object | None:
    import presidio_analyzer.predefined_recognizers as recognizers
    import tldextract.tldextract

    # the suffix list that the package carries, not one from the network
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    made = getattr(recognizers, name, None)
    return made() if made else None


def found_by_presidio(names: list[str], kind: str, documents: list[Document]) -> list[list[tuple[Gold, float]]]:
    made = [each for each in map(recognizer, names) if each]
    found = []
    for document in documents:
        hits = []
        for each in made:
            for hit in each.analyze(document.text, each.supported_entities, None) or []:
                text = document.text[hit.start : hit.end]
                if kind in ("ipv4", "ipv6") and (":" in text) != (kind == "ipv6"):
                    continue
                if hit.score > 0:
                    hits.append((Gold(kind, hit.start, hit.end), hit.score))
        found.append(hits)
    return found


def score(kind: str, documents: list[Document], found: Iterable[list[Gold]]) -> Score:
    """A value counts when it is taken whole with at most two characters around it; what overlaps no
    value of the kind is false."""
    true = missed = false = 0
    for document, hits in zip(documents, found, strict=True):
        gold = [each for each in document.gold if each.kind == kind]
        mine = {(hit.start, hit.end) for hit in hits if hit.kind == kind}
        for each in gold:
            whole = any(
                each.start - 2 <= start <= each.start and each.end <= end <= each.end + 2
                for start, end in mine
            )
            true, missed = true + whole, missed + (not whole)
        false += sum(
            all(end <= each.start or each.end <= start for each in gold) for start, end in mine
        )
    precision = true / (true + false) if true + false else 0.0
    recall = true / (true + missed) if true + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(precision, recall, f1)


def best_of_presidio(kind: str, documents: list[Document]) -> tuple[Score, float]:
    found = found_by_presidio(PEERS[kind], kind, documents)
    scores = [
        (score(kind, documents, [[hit for hit, sure in hits if sure >= least] for hits in found]), least)
        for least in THRESHOLDS
    ]
    return max(scores, key=lambda each: each[0].f1)


def show(rows: dict[str, dict[str, object]]) -> None:
    head = f"{'kind':20} {'veilgate':>22}   {'presidio, best threshold':>30}"
    print(head + "\n" + f"{'':20} {'prec':>6} {'rec':>7} {'F1':>7}   {'prec':>6} {'rec':>7} {'F1':>7} {'at':>6}")
    for kind, row in rows.items():
        ours, theirs = row["veilgate"], row.get("presidio")
        line = f"{kind:20} {ours['precision']:6.3f} {ours['recall']:7.3f} {ours['f1']:7.3f}   "
        if theirs:
            line += f"{theirs['precision']:6.3f} {theirs['recall']:7.3f} {theirs['f1']:7.3f} {row['threshold']:6.2f}"
            line += "" if ours["f1"] >= theirs["f1"] else "   < presidio"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--find", required=True, help="the example `find` of the crate `detect`")
    parser.add_argument("--documents", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="where to write the scores")
    parser.add_argument("--misses", metavar="KIND", help="print what is missed and what is false of a kind")
    parser.add_argument("--alone", action="store_true", help="veilgate only")
    arguments = parser.parse_args()
    documents = generate(arguments.seed, arguments.documents)
    kinds = sorted({gold.kind for document in documents for gold in document.gold})
    found = found_by_veilgate(arguments.find, documents, kinds)
    if arguments.misses:
        print_misses(arguments.misses, documents, found)
        return
    rows: dict[str, dict[str, object]] = defaultdict(dict)
    for kind in kinds:
        rows[kind]["veilgate"] = asdict(score(kind, documents, found))
        if kind in PEERS and not arguments.alone:
            began = time.process_time()
            theirs, threshold = best_of_presidio(kind, documents)
            rows[kind] |= {"presidio": asdict(theirs), "threshold": threshold,
                           "presidio_seconds": time.process_time() - began}  # fmt: skip
    show(rows)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"documents": len(documents), "seed": arguments.seed, "kinds": rows}, file, indent=1)


def print_misses(kind: str, documents: list[Document], found: list[list[Gold]]) -> None:
    for document, hits in zip(documents, found, strict=True):
        mine = [(hit.start, hit.end) for hit in hits if hit.kind == kind]
        gold = [(each.start, each.end) for each in document.gold if each.kind == kind]
        for start, end in gold:
            if not any(start - 2 <= s <= start and end <= e <= end + 2 for s, e in mine):
                taken = [(h.kind, document.text[h.start : h.end]) for h in hits if h.start < end and start < h.end]
                print("missed", repr(document.text[start:end]), "in", repr(document.text[max(0, start - 40) : end + 25]), taken)
        for start, end in mine:
            if all(end <= s or e <= start for s, e in gold):
                was = [each.kind for each in document.gold if each.start < end and start < each.end]
                print("false ", repr(document.text[start:end]), "in", repr(document.text[max(0, start - 70) : end + 25]), was)


if __name__ == "__main__":
    main()
