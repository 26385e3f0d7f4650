#!/usr/bin/env node
/** A page as it ends. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
}

/** A browser without a screen: it follows redirects, keeps cookies, and sends each form as it finds it. */
export async function browse(start: string): Promise<Page> {
  const cookies = new Map<string, string>()
  let url = start
  let form: URLSearchParams | undefined
  for (;;) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = form === undefined ? {} : { method: 'POST', body: form }
    const response = await fetch(url, { redirect: 'manual', headers: { cookie }, ...sent })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    form = formIn(text)
    if (location !== null) {
      url = new URL(location, url).href
    } else if (form !== undefined) {
      url = new URL(/<form [^>]*action="([^"]*)"/.exec(text)?.[1] ?? '', url).href
    } else {
      return { url, status: response.status, text }
    }
  }
}

function formIn(html: string): URLSearchParams | undefined {
  if (!html.includes('<form ')) return undefined
  const inputs = html.matchAll(/<input [^>]*name="([^"]*)" value="([^"]*)"/g)
  return new URLSearchParams([...inputs].map(([, name = '', value = '']): [string, string] => [name, value]))
}

// As the program that $BROWSER names.
if (import.meta.main) await browse(process.argv[2] ?? '')
