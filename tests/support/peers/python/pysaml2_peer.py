"""PyPI pysaml2 as SAML service provider or identity provider.

Reads one JSON command a line ({"do": NAME, …}) and writes one JSON answer a line ({"result": …} or {"error": …}).
The role and its settings are the JSON in PEER.
"""

import base64
import json
import logging
import os
import sys
import traceback
from urllib.parse import parse_qs, urlsplit

from saml2 import sigver
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import IdPConfig, SPConfig
from saml2.metadata import entity_descriptor
from saml2.s_utils import success_status_factory
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
peer = json.loads(os.environ["PEER"])
logging.basicConfig(stream=sys.stderr, level=logging.INFO)

# pysaml2 has no option for these: it encrypts by 3DES-CBC. xmlsec1, which does the work, can do more.
ALGORITHMS = {
    "aes256-gcm": ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "aes-256"),
    "aes128-gcm": ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "aes-128"),
    "aes256-cbc": ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "aes-256"),
    "tripledes-cbc": ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "des-192"),
}
algorithm, session_key = ALGORITHMS[peer["encryption"]]
sigver.pre_encryption_part.__kwdefaults__["msg_enc"] = algorithm
sigver.SecurityContext.encrypt_assertion.__defaults__ = (session_key, None)


# pysaml2 reads these of the service; it would sign by RSA-SHA1 otherwise.
SIGNING = {"signing_algorithm": SIG_RSA_SHA256, "digest_algorithm": DIGEST_SHA256}


def settings(service):
    return {
        "entityid": peer["entityId"],
        "service": service,
        "key_file": peer["keyPath"],
        "cert_file": peer["certPath"],
        "encryption_keypairs": [{"key_file": peer["keyPath"], "cert_file": peer["certPath"]}],
        "xmlsec_binary": peer["xmlsec"],
        "metadata": {"inline": peer["metadata"]},
        "allow_unknown_attributes": True,
        "accepted_time_diff": 60,
        **peer["options"],
    }


def message(url):
    """Returns the parameters of a URL of the redirect binding, with the signature for pysaml2 to check."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    signed = {"sigalg": query["SigAlg"], "signature": query["Signature"]} if "Signature" in query else {}
    return query, signed


class ServiceProvider:
    def __init__(self):
        both = [(peer["slo"], BINDING_HTTP_REDIRECT), (peer["slo"], BINDING_HTTP_POST)]
        endpoints = {"assertion_consumer_service": [(peer["acs"], BINDING_HTTP_POST)], "single_logout_service": both}
        config = SPConfig().load(settings({"sp": {
            "endpoints": endpoints, "allow_unsolicited": False, "authn_requests_signed": True,
            "want_assertions_signed": True, "want_response_signed": False, "logout_requests_signed": True,
            "name_id_policy_format": None, **SIGNING, **peer["service"],
        }}))
        self.metadata_text = str(entity_descriptor(config))
        self.client = Saml2Client(config)
        self.outstanding = {}
        self.name_id = None

    def metadata(self):
        return self.metadata_text

    def request(self, relayState="", binding="redirect", **options):
        by = BINDING_HTTP_POST if binding == "post" else BINDING_HTTP_REDIRECT
        identifier, _, info = self.client.prepare_for_negotiated_authenticate(
            entityid=None, relay_state=relayState, binding=by, **options)
        self.outstanding[identifier] = "/"
        return {"id": identifier, "url": dict(info["headers"])["Location"]} if by == BINDING_HTTP_REDIRECT else \
            {"id": identifier, "html": info["data"], "url": info["url"]}

    def validate(self, SAMLResponse, **_):
        encrypted = b"EncryptedAssertion" in base64.b64decode(SAMLResponse)
        response = self.client.parse_authn_request_response(SAMLResponse, BINDING_HTTP_POST, self.outstanding)
        if response is None:
            raise ValueError("no response")
        self.outstanding.pop(response.in_response_to, None) # used once
        self.name_id = response.name_id
        return {
            "nameId": response.name_id.text, "format": response.name_id.format, "issuer": response.issuer(),
            "attributes": response.ava, "sessionIndex": response.session_info()["session_index"],
            "inResponseTo": response.in_response_to, "encrypted": encrypted,
        }

    def logout(self):
        """Returns the URL of a signed LogoutRequest for who signed in last."""
        entities = self.client.users.issuers_of_info(self.name_id)
        answers = self.client.do_logout(self.name_id, entities, "", None, sign=True, expected_binding=BINDING_HTTP_REDIRECT)
        ((_, info),) = answers.values()
        return dict(info["headers"])["Location"]

    def logout_response(self, url):
        """Checks the URL of a LogoutResponse that came back."""
        query, signed = message(url)
        response = self.client.parse_logout_request_response(query["SAMLResponse"], BINDING_HTTP_REDIRECT)
        self.client.handle_logout_response(response)
        return {"ok": response.status_ok(), "inResponseTo": response.in_response_to, "signed": bool(signed)}

    def answer_logout(self, url):
        """Answers the URL of a LogoutRequest of the identity provider with the URL of a LogoutResponse."""
        query, signed = message(url)
        info = self.client.handle_logout_request(query["SAMLRequest"], self.name_id, BINDING_HTTP_REDIRECT, sign=True,
                                                 relay_state=query.get("RelayState"), **signed)
        return dict(info["headers"])["Location"]


class IdentityProvider:
    def __init__(self):
        def both(url):
            return [(url, BINDING_HTTP_REDIRECT), (url, BINDING_HTTP_POST)]

        policy = {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None,
                              "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}}
        config = IdPConfig().load(settings({"idp": {
            "endpoints": {"single_sign_on_service": both(peer["sso"]), "single_logout_service": both(peer["slo"])},
            "policy": policy, "want_authn_requests_signed": False, "sign_response": False, "sign_assertion": True,
            "name_id_format": [NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NAMEID_FORMAT_EMAILADDRESS],
            **SIGNING, **peer["service"],
        }}))
        self.metadata_text = str(entity_descriptor(config))
        self.server = Server(config=config)

    def metadata(self):
        return self.metadata_text

    def trust(self, metadata):
        self.server.metadata.load("inline", metadata)

    def respond(self, url, user, attributes, nameId=None, **options):
        """Answers the URL of an AuthnRequest with the form that a browser posts."""
        query, signed = message(url)
        request = self.server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT,
                                                  relay_state=query.get("RelayState"), **signed)
        arguments = self.server.response_args(request.message, [BINDING_HTTP_POST])
        arguments.pop("binding", None)
        return self.form(user, attributes, nameId, query.get("RelayState"), signed, {**arguments, **options})

    def unsolicited(self, spEntityId, user, attributes, nameId=None, relayState=None, **options):
        binding, destination = self.server.pick_binding(
            "assertion_consumer_service", [BINDING_HTTP_POST], "spsso", entity_id=spEntityId)
        arguments = {"in_response_to": None, "destination": destination, "sp_entity_id": spEntityId}
        return self.form(user, attributes, nameId, relayState, {}, {**arguments, **options})

    def form(self, user, attributes, name_id, relay_state, signed, arguments):
        if name_id:
            arguments["name_id"] = NameID(format=name_id["format"], text=name_id["text"])
        response = self.server.create_authn_response(
            attributes, userid=user, authn={"class_ref": PASSWORD, "authn_auth": peer["entityId"]}, **arguments)
        fields = {"SAMLResponse": base64.b64encode(str(response).encode()).decode()}
        if relay_state:
            fields["RelayState"] = relay_state
        return {"action": arguments["destination"], "fields": fields, "requestSigned": bool(signed)}

    def answer_logout(self, url):
        """Answers the URL of a LogoutRequest of a service provider with the URL of a LogoutResponse."""
        query, signed = message(url)
        request = self.server.parse_logout_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT,
                                                   relay_state=query.get("RelayState"), **signed)
        response = self.server.create_logout_response(request.message, [BINDING_HTTP_REDIRECT],
                                                      status=success_status_factory())
        destination = self.server.response_args(request.message, [BINDING_HTTP_REDIRECT])["destination"]
        info = self.server.apply_binding(BINDING_HTTP_REDIRECT, str(response), destination, query.get("RelayState", ""),
                                         response=True, sign=True)
        return {"url": dict(info["headers"])["Location"], "nameId": request.message.name_id.text}


role = {"sp": ServiceProvider, "idp": IdentityProvider}[peer["role"]]()
print(json.dumps({"result": role.metadata()}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = {"result": getattr(role, command.pop("do"))(**command)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
