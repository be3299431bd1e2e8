"""Signs requests with botocore's own signer, over its own serialisers, and writes them as vectors: `python3 make.py > botocore.jsonl`.

The same botocore gives the same file: time, keys and choices are fixed. No request is sent.
"""

import datetime
import json
import random

import botocore.auth
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials

KEYS = [
    ("AKIDEXAMPLE0000000000", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None),
    ("AKIAIOSFODNN7EXAMPLE", "0123456789012345678901234567890123456789", None),
    ("ASIAIOSFODNN7EXAMPLE", "/+/+/+/+/+abcdefghijklmnopqrstuvwxyz0123", "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi"),
]
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1", "local", "il-central-1"]
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
ARN = "arn:aws:iam::000000000000:policy/p"
CALLS = [
    ("secretsmanager", "get_secret_value", {"SecretId": "prod/db"}),
    ("secretsmanager", "list_secrets", {}),
    ("secretsmanager", "create_secret", {"Name": "a/ü", "SecretString": "p\"\\\n\u2028ß", "ClientRequestToken": "0" * 32}),
    ("secretsmanager", "put_secret_value", {"SecretId": "b", "SecretBinary": bytes(range(256)), "ClientRequestToken": "1" * 32}),
    ("secretsmanager", "tag_resource", {"SecretId": "b", "Tags": [{"Key": "Team", "Value": ""}, {"Key": "é", "Value": "x y"}]}),
    ("secretsmanager", "get_random_password", {"PasswordLength": 64}),
    ("kms", "encrypt", {"KeyId": "alias/a", "Plaintext": b"\x00\xff", "EncryptionContext": {"k": "v w"}}),
    ("kms", "list_keys", {"Limit": 10}),
    ("kms", "generate_random", {"NumberOfBytes": 32}),
    ("kms", "create_key", {"Description": "x" * 300, "Policy": POLICY}),
    ("iam", "create_user", {"UserName": "anaya", "Tags": [{"Key": "a b", "Value": "c+d&e=f%"}, {"Key": "g", "Value": "h"}]}),
    ("iam", "list_users", {}),
    ("iam", "put_user_policy", {"UserName": "anaya", "PolicyName": "p", "PolicyDocument": POLICY}),
    ("iam", "simulate_custom_policy", {"PolicyInputList": [POLICY, POLICY], "ActionNames": ["kms:Decrypt"], "ContextEntries": [{"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["192.0.2.1"], "ContextKeyType": "ip"}]}),
    ("iam", "create_policy_version", {"PolicyArn": ARN, "PolicyDocument": POLICY, "SetAsDefault": True}),
    ("sts", "get_caller_identity", {}),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::000000000000:role/r", "RoleSessionName": "one", "PolicyArns": [{"arn": ARN}], "TransitiveTagKeys": [], "DurationSeconds": 900}),
]
HEADERS = [
    {},
    {"X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793"},
    {"X-Custom": "  leading,  inner   and trailing  "},
    {"X-Tab": "one\ttwo \t three"},
    {"X-Amz-Meta": "a", "X-Amz-A": "b", "Accept": "*/*"},
    {"Referer": "https://example.com/?q=\"1\"", "X-Empty": ""},
    {"X-UPPER-Case": "Stays As It Is", "Zz": "~", "A": "first"},
]


def main():
    draw = random.Random(6)
    session = botocore.session.Session()
    for number in range(408):
        service, method, arguments = CALLS[number % len(CALLS)]
        key, secret, token = KEYS[draw.randrange(len(KEYS))]
        region = REGIONS[draw.randrange(len(REGIONS))]
        now = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=draw.randrange(40_000_000))
        botocore.auth.get_current_datetime = lambda now=now: now
        draw_id = "%032x" % draw.getrandbits(128)
        more = HEADERS[draw.randrange(len(HEADERS))]
        host = ["http://127.0.0.1:4566", "http://localhost", "https://" + service + "." + region + ".amazonaws.com", "http://[::1]:80"][draw.randrange(4)]
        session._credentials = Credentials(key, secret, token)
        client = session.create_client(service, region_name=region, endpoint_url=host, config=Config(user_agent="vectors/1"))
        seen = {}

        def extend(request, **_):
            for name, value in more.items():
                request.headers[name] = value

        def catch(request, **_):
            seen["request"] = request
            raise Caught

        class Caught(Exception):
            pass

        client.meta.events.register_first("before-sign", extend)
        client.meta.events.register_first("before-send", catch)
        try:
            getattr(client, method)(**arguments)
        except Caught:
            pass
        request = seen["request"]
        text = lambda value: value.decode() if isinstance(value, bytes) else str(value)
        # Added after signing, and random.
        fixed = lambda name, value: draw_id if name.lower() == "amz-sdk-invocation-id" else value
        headers = [[name, fixed(name, text(value))] for name, value in request.headers.items()]
        if not any(name.lower() == "host" for name, _ in headers):
            headers.append(["Host", botocore.auth._host_from_url(request.url)])
        body = text(request.body or b"")
        assert request.method == "POST" and request.url == host + "/", (request.method, request.url)
        vector = {
            "operation": service + ":" + "".join(word.capitalize() for word in method.split("_")),
            "region": region,
            "time": now.strftime("%Y%m%dT%H%M%SZ"),
            "secret": secret,
            "headers": headers,
            "body": body,
        }
        print(json.dumps(vector, ensure_ascii=True, separators=(",", ":")))


main()
