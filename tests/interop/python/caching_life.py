"""AWS's caching client of Secrets Manager for Python, against a strongroom that speaks the AWS wire."""

import uuid

import botocore.session
from aws_secretsmanager_caching import InjectKeywordedSecretString, SecretCache, SecretCacheConfig
from botocore.exceptions import ClientError

client = botocore.session.get_session().create_client("secretsmanager")
name = f"caching-{uuid.uuid4().hex[:8]}"
first = client.create_secret(Name=name, SecretString='{"user": "u", "password": "one"}')["VersionId"]

cache = SecretCache(config=SecretCacheConfig(secret_refresh_interval=3600), client=client)
assert cache.get_secret_string(name) == '{"user": "u", "password": "one"}'
client.put_secret_value(SecretId=name, SecretString='{"user": "u", "password": "two"}')
assert '"one"' in cache.get_secret_string(name), "what is cached is answered from the cache"
assert '"one"' in SecretCache(client=client).get_secret_string(name, "AWSPREVIOUS")

fresh = SecretCache(client=client)


@InjectKeywordedSecretString(name, fresh, user="user", password="password")
def connect(user, password):
    return user, password


assert connect() == ("u", "two")
client.put_secret_value(SecretId=name, SecretBinary=b"\x00\x01")
assert SecretCache(client=client).get_secret_binary(name) == b"\x00\x01"
try:
    SecretCache(client=client).get_secret_string("no-such-secret")
    raise AssertionError("there is no such secret")
except ClientError as error:
    assert error.response["Error"]["Code"] == "ResourceNotFoundException", error
print("caching client: ok")
