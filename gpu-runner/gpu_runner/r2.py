"""Cloudflare R2 through boto3.

boto3 >= 1.36 adds CRC32 checksums to every request unless told otherwise, which R2 answers with 501 or
Unauthorized; both switches are set here, before the client is made, and in the image.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gpu_runner.errors import RunnerError

CHECKSUMS = {
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}


def set_checksums() -> None:
    os.environ.update(CHECKSUMS)


@cache
def client() -> Any:
    set_checksums()
    import boto3  # slow to import, and most runs read no bucket

    endpoint = os.environ.get("R2_ENDPOINT_URL")
    if not endpoint:
        raise RunnerError(
            "R2_ENDPOINT_URL is not set: an r2:// address needs https://<account>.r2.cloudflarestorage.com"
        )
    session = boto3.Session(profile_name=os.environ.get("R2_PROFILE"))
    return session.client("s3", endpoint_url=endpoint, region_name=os.environ.get("AWS_REGION", "auto"))


def split(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.scheme != "r2" or not parts.netloc:
        raise RunnerError(f"{url!r} is not r2://bucket/key")
    return parts.netloc, parts.path.lstrip("/")


def download(url: str, path: Path) -> bool:
    """False where there is no such object."""
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, key = split(url)
    try:
        client().download_file(bucket, key, str(path))
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in ("404", "NoSuchKey", "NoSuchBucket"):
            return False
        raise RunnerError(f"{url} cannot be read: {error}") from error
    except BotoCoreError as error:
        raise RunnerError(f"{url} cannot be read: {error}") from error
    return True


def upload_folder(folder: Path, url: str) -> None:
    """Every file below `folder`, those that mark it complete (dot files at its root) last."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, prefix = split(url)
    files = [path for path in folder.rglob("*") if path.is_file()]
    files.sort(key=lambda path: (path.parent == folder and path.name.startswith("."), str(path)))
    for path in files:
        try:
            client().upload_file(str(path), bucket, f"{prefix.rstrip('/')}/{path.relative_to(folder)}")
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise RunnerError(f"{path} cannot be sent to {url}: {error}") from error
