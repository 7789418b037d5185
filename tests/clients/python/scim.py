"""PyPI `scim2-tester`: each check on each attribute that the service publishes. Prints, as one JSON object a
line, what it found besides what EXPECTED explains; fails if it made fewer checks than before."""

import json
import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

#: Findings that the prober is wrong about: the check, the type of resources, the beginning of the reason, and
#: what the RFC says.
EXPECTED = [
    (
        "check_remove_attribute", "User", "PATCH modify() did not remove attribute 'active'",
        "RFC 7643 §4.1.1: what `active` means is the service's to say. An account is active or not: without a "
        "value it keeps the one it has (§7, an attribute may have a default value).",
    ),
    (
        "check_add_attribute", "Group", "PATCH modify() returned unexpected value for 'members'",
        "RFC 7643 §2.4, §7: `display` of a member is readOnly and added by the service.",
    ),
    (
        "check_replace_attribute", "Group", "PATCH modify() returned unexpected value for 'members'",
        "RFC 7643 §2.4, §7: `display` of a member is readOnly and added by the service.",
    ),
]


def without_display(value):
    """`value`, with members as the client sent them."""
    members = [member.model_dump() for member in value]
    for member in members:
        member.pop("display", None)
    return members


def explained(result):
    """Whether EXPECTED has the finding; of members, nothing but `display` may differ."""
    for title, resource_type, reason, _ in EXPECTED:
        if (result.title, result.resource_type) != (title, resource_type) or not result.reason.startswith(reason):
            continue
        used.add((title, resource_type))
        if "members" not in reason:
            return True
        return without_display(result.data["expected"]) == without_display(result.data["modify_actual"])
    return False


demo = json.loads(os.environ["DEMO"])
client = Client(
    base_url=demo["base"] + "/v1/iam/scim/v2",
    headers={"Authorization": "Bearer " + demo["key"]},
    timeout=60,
)
used = set()
results = check_server(SyncSCIMClient(client))
good = (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE)
found = [result for result in results if result.status not in good and not explained(result)]
for result in found:
    print(json.dumps({
        "status": result.status.name, "check": result.title, "type": result.resource_type,
        "reason": result.reason, "data": str(result.data),
    }))
for title, resource_type, reason, _ in EXPECTED:
    if (title, resource_type) not in used:
        print(json.dumps({"check": title, "type": resource_type, "reason": "is not found any more: " + reason}))
print(len(results), "checks", file=sys.stderr)
