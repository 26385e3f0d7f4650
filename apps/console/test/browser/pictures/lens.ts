import type { BrowserContext, Route } from '@playwright/test'

/** When the pictures are made, as far as a page can tell. */
export const shownNow = new Date('2027-01-15T09:30:00Z')

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const fingerprint = 'b04fd21e7c5a83960de1f7284b9a6c35d8e0174f62ab93c58d1e0f47a26b9c3'
const keyId = 'KIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U'
/** What certificates have by chance, by the name of its field. */
const ofCertificates: Readonly<Record<string, string>> = {
  fingerprintSha1: 'a26c3e7fd19a28c2a5a4a8fc9b60a1bd3a0fa0d6',
  serialNumber: '4c1f09d2a7e35b8846f0123c9ad75e61',
  serialNumberDecimal: '101182488113827601908154380227484016225',
  publicKeyPin: 'sha256/n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
}
/** Milliseconds of a call, by the name of their field. */
const durations: Readonly<Record<string, number>> = { lookUpMs: 1, connectMs: 4, handshakeMs: 17, firstByteMs: 12 }

/**
 * Stands between a page and the console, and shows what differs from run to run as what is always the same: names of
 * hosts and of the account, ids, fingerprints, times. What the page sends is translated back.
 */
export class Lens {
  /** Texts of this run, each with what is shown instead. */
  readonly #texts: readonly (readonly [string, string])[]
  readonly #shown = new Map<string, string>()

  constructor(texts: readonly (readonly [string, string])[]) {
    this.#texts = texts
  }

  async putBefore(context: BrowserContext): Promise<void> {
    await context.clock.setFixedTime(shownNow)
    await context.route(/\/(mtls|console)\//, (route) => this.#translate(route))
  }

  async #translate(route: Route): Promise<void> {
    const request = route.request()
    const sentHeaders = Object.entries(await request.allHeaders()).map(([name, value]) => [name, this.#real(value)])
    // A file is not text, and each of its bytes is a character of latin1.
    const sent = request.postDataBuffer()?.toString('latin1')
    const response = await route.fetch({
      url: this.#real(request.url()),
      headers: { ...Object.fromEntries(sentHeaders), 'sec-fetch-site': 'same-origin' },
      ...(sent !== undefined && { postData: Buffer.from(this.#real(sent), 'latin1') }),
    })
    const { 'content-length': _, 'content-encoding': __, ...headers } = response.headers()
    await route.fulfill({ status: response.status(), headers, body: this.#same(await response.text()) })
  }

  #real(text: string): string {
    const ofThisRun = [...this.#texts, ...this.#shown]
    return ofThisRun.reduce((so, [real, shown]) => so.replaceAll(shown, real), text)
  }

  #same(answer: string): string {
    const text = this.#texts.reduce((so, [real, shown]) => so.replaceAll(real, shown), answer)
    let calls = 0
    let forwarders = 0
    return this.#timesOf(inOrder(text))
      .replaceAll(/"(fingerprintSha1|serialNumber|serialNumberDecimal|publicKeyPin)":"[^"]*"/g, (_, field) => {
        return `"${field}":"${ofCertificates[field] ?? ''}"`
      })
      .replaceAll(/"instance":"[^"]*"/g, () => `"instance":"forwarder-${++forwarders}"`)
      .replaceAll(/"(\w*[mM]s)":[\d.]+/g, (_, field) => `"${field}":${durations[field] ?? 39 + ((calls++ * 7) % 17)}`)
      .replaceAll(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, 'f3f1c9d2-7a46-4c0e-9d51-0b6f2a8e4c17')
      .replaceAll(/\b[\da-f]{64}\b/g, (found) =>
        this.#stable(found, (count) => `${count % 10}${fingerprint}`.slice(0, 64)),
      )
      .replaceAll(/"kid":"([\w-]{43})"/g, (_, kid: string) => {
        return `"kid":"${this.#stable(kid, (count) => `${count % 10}${keyId}`.slice(0, 43))}"`
      })
      .replaceAll(/"id":"([\w-]{22})"/g, (_, id: string) => {
        return `"id":"${this.#stable(id, (count) => `pV3x9QmZ0aVbLr5uYw2Jc${count % 10}`)}"`
      })
      .replaceAll(/\ble123\.[\w-]{12,}/g, (found) => this.#stable(found, (count) => `le123.Qm9va2VlcGluZ${count}kZXNr`))
      .replaceAll(/\b\d{8,16}\b/g, (found) => this.#stable(found, (count) => String(4_569_253_100 + count)))
  }

  #stable(found: string, make: (count: number) => string): string {
    const known = this.#shown.get(found) ?? make(this.#shown.size + 1)
    this.#shown.set(found, known)
    return known
  }

  /** What has just been done is shown some minutes apart, in its order; the rest by the hour. */
  #timesOf(text: string): string {
    const now = Date.now()
    const time = /\b\d{4}-\d\d-\d\dT[\d:.]+Z/g
    const isRecent = (at: number) => at <= now && at > now - hourMs / 2
    const found = [...text.matchAll(time)].map(([each]) => Date.parse(each))
    const recent = [...new Set(found.filter(isRecent))].sort((a, b) => b - a)
    const shownFor = (at: number) =>
      isRecent(at) ? -60_000 * (2 * recent.indexOf(at) + 1) : hourMs * Math.round((at - now) / hourMs)
    return text
      .replaceAll(time, (each) => new Date(shownNow.getTime() + shownFor(Date.parse(each))).toISOString())
      .replaceAll(/\b\d{4}-\d\d-\d\d\b(?!T)/g, (date) => {
        const days = Math.round((Date.parse(date) - now) / dayMs)
        return new Date(shownNow.getTime() + days * dayMs).toISOString().slice(0, 10)
      })
  }
}

/** An answer with its lists by name or url: ids decide on their order, and differ. What has a time is ordered by it. */
function inOrder(text: string): string {
  if (!/^[[{]/.test(text)) return text
  return JSON.stringify(JSON.parse(text), (_, value) => (Array.isArray(value) ? value.toSorted(byName) : value))
}

function byName(one: Named | null, other: Named | null): number {
  return nameOf(one).localeCompare(nameOf(other))
}

interface Named {
  readonly name?: unknown
  readonly url?: unknown
  readonly at?: unknown
}

function nameOf(item: Named | null): string {
  const { name, url, at } = item ?? {}
  return at === undefined ? String(name ?? url ?? '') : ''
}
