"""What the pages share: the token in every form, the fields of a form, and files of results handed out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile

from synth.errors import InputError
from synth.serve.show import page, policy_of
from synth.serve.site import Refused, Site, Uploaded
from synth.serve.store import Job
from synth.serve.tokens import Keys

__all__ = [
    "Filled", "files_in", "filled", "form_of", "handed", "job_named", "number_in", "show", "site_of", "texts_in", "to",
]  # fmt: skip

NONCE = "synth_form"


def site_of(request: Request) -> Site:
    """The service behind the faces."""
    return cast(Site, request.app.state.site)


def show(request: Request, template: str, code: int = 200, /, **values: Any) -> HTMLResponse:
    """A page with what every page needs: where we are, the form token, and whether there is a way out."""
    keys: Keys = request.app.state.keys
    nonce = request.cookies.get(NONCE) or secrets.token_urlsafe(18)
    text = page(template, path=request.url.path, form_token=keys.form_token(nonce), locked=keys.asks, **values)
    answer = HTMLResponse(text, code)
    if NONCE not in request.cookies:
        secure = request.url.scheme == "https"
        answer.set_cookie(NONCE, nonce, httponly=True, samesite="strict", secure=secure)
    return answer


async def form_of(request: Request) -> FormData:
    """The form of a request, from a page of this server. Refused (403) where its token is missing or another's."""
    form = await request.form(max_files=25, max_fields=300)
    keys: Keys = request.app.state.keys
    given = form.get("form_token")
    if not keys.is_form_token(request.cookies.get(NONCE, ""), given if isinstance(given, str) else ""):
        raise Refused(403, "the form is out of date or not from here; open its page again and send it once more")
    return form


Filled = Annotated[FormData, Depends(form_of)]


def filled(form: Mapping[str, Any], name: str) -> str:
    """The text of a field, without spaces around it; "" where there is none."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def number_in(form: Mapping[str, Any], name: str) -> int | None:
    """The whole number in a field; None where it is empty. InputError where it is something else."""
    text = filled(form, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"{name.replace('_', ' ')}: {text[:20]!r} is no whole number")
    return int(text)


def files_in(form: FormData, name: str) -> list[Uploaded]:
    """The files that were chosen in a field, with the names they came with."""
    given = [one for one in form.getlist(name) if isinstance(one, UploadFile) and one.filename]
    return [(cast(str, one.filename), one.file) for one in given]


def texts_in(form: FormData, name: str) -> list[str]:
    """The texts of a field that may be given more than once."""
    return [one for one in form.getlist(name) if isinstance(one, str)]


def to(address: str) -> RedirectResponse:
    """The way on after a form was taken."""
    return RedirectResponse(address, 303)


def job_named(site: Site, name: str) -> Job:
    """The job of that id. Refused (404) where there is none."""
    job = site.store.job(name)
    if job is None:
        raise Refused(404, "there is no such job")
    return job


def handed(site: Site, name: str, file: str) -> Response:
    """A file of a result. A page of its own brings the policy that it was made with, and may not be framed."""
    found = site.places.file(name, file)
    if found is None:
        raise Refused(404, "there is no such file")
    path, kind = found
    if not kind.startswith("text/html"):
        return FileResponse(path, media_type=kind)
    content = path.read_bytes()
    policy = policy_of(content)
    if policy is None:
        return Response(content, media_type="text/plain; charset=utf-8")
    headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
    return Response(content, media_type=kind, headers=headers)
