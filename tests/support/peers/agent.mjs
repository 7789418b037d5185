// A browser without scripts: keeps cookies, follows redirects, reads forms.

/** Returns the forms of a page: `{ action, method, fields }`, with absolute action. */
export function forms(html, base) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes, content]) => {
    const { action, method = "get" } = attributesOf(attributes);
    const fields = {};
    for (const [, tag, rest] of content.matchAll(/<(input|button|textarea)\b([^>]*)>/gi)) {
      const { name, value = "", type = "text", checked } = attributesOf(rest);
      if (!name || tag.toLowerCase() === "button" || type === "submit") continue;
      if (/^(checkbox|radio)$/.test(type) && checked === undefined) continue;
      fields[name] = value;
    }
    return { action: new URL(action || base, base).href, method: method.toUpperCase(), fields };
  });
}

function attributesOf(text) {
  const found = {};
  for (const [, name, a, b, c] of text.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)) {
    found[name.toLowerCase()] = decode(a ?? b ?? c ?? "");
  }
  return found;
}

const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const decode = (text) => text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, number, name) =>
  hex ? String.fromCodePoint(parseInt(hex, 16)) : number ? String.fromCodePoint(+number) : NAMED[name] ?? whole);

export class Agent {
  /** Cookies of each host and port. A browser shares them among ports; here each server gets only its own. */
  #jars = new Map();

  /**
   * Requests `url` and follows redirects, until one leads to a URL for which `until(url)` is true: that one is
   * not requested. Returns `{ url, status, headers, text, forms, location }`.
   */
  async go(url, { method = "GET", body, headers = {}, until = () => false, redirects = 20 } = {}) {
    for (;;) {
      const { host } = new URL(url);
      const jar = this.#jars.get(host) ?? this.#jars.set(host, new Map()).get(host);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(url, {
        method, redirect: "manual", headers: { ...headers, ...cookie && { cookie } },
        body: body && !(body instanceof URLSearchParams) && typeof body === "object" ? new URLSearchParams(body) : body,
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
        const expired = /;\s*max-age=(0|-\d+)\s*(;|$)/i.test(line) ||
          Date.parse(/;\s*expires=([^;]+)/i.exec(line)?.[1]) < Date.now();
        if (expired) jar.delete(name);
        else if (name) jar.set(name, value);
      }
      const text = await response.text();
      const target = response.headers.get("location");
      const location = target === null ? undefined : new URL(target, url).href;
      const page = { url, status: response.status, headers: response.headers, text, forms: forms(text, url), location };
      if (response.status < 300 || response.status > 399 || !location || until(location)) return page;
      if (redirects-- === 0) throw new Error(`too many redirects, the last to ${location}`);
      url = location;
      if (response.status < 307) [method, body] = ["GET", undefined];
    }
  }

  /** Sends a form of a page, with `fields` on top of those it has. */
  submit(form, fields = {}, options = {}) {
    const all = { ...form.fields, ...fields };
    if (form.method === "POST") return this.go(form.action, { ...options, method: "POST", body: all });
    const url = new URL(form.action);
    url.search = new URLSearchParams(all);
    return this.go(url.href, options);
  }

  /** Sends the forms that scripts would send (those with a SAML message), until there is none. */
  async post(page, options = {}) {
    for (let form; (form = samlForm(page));) page = await this.submit(form, {}, options);
    return page;
  }

  /** Returns the cookies for a URL as a Cookie header. */
  cookies(url) {
    return [...this.#jars.get(new URL(url).host) ?? []].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

/** Returns the form of a page that carries a SAML message, or undefined. */
export const samlForm = (page) => page.forms.find(({ fields }) => fields.SAMLResponse || fields.SAMLRequest);
