import { createHash } from 'node:crypto'

/** What differs from run to run, by what stands for it. */
export interface Replacements {
  /** Texts of this run: addresses and folders. */
  readonly texts: readonly (readonly [string, string])[]
  readonly today: Date
}

const shownToday = Date.parse('2027-01-15T00:00:00Z')
const dayMs = 24 * 3_600_000

/**
 * Replaces ids, keys, fingerprints and dates, each by the same one wherever it is, so that a recording is always the
 * same.
 */
export class AlwaysTheSame {
  readonly #replacements: Replacements
  readonly #known = new Map<string, string>()

  constructor(replacements: Replacements) {
    this.#replacements = replacements
  }

  text(printed: string): string {
    return this.#replacements.texts
      .reduce((text, [from, to]) => text.replaceAll(from, to), printed)
      .replaceAll('\r', '')
      .replace(/\b\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, (date, time) => this.#date(date, time !== undefined))
      .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'f3f1c9d2-7a46-4c0e-9d51-0b6f2a8e4c17')
      .replace(/\b[0-9a-f]{64}\b/g, (fingerprint) => this.#stable(fingerprint, hashOf))
      .replace(/\ble123\.[\w-]{12,}/g, (key) => this.#stable(key, (count) => `le123.${appKeyOf(count)}`))
      .replace(/\b\d{8,}\b/g, (id) => this.#stable(id, (count) => String(4_569_253_109 + count)))
  }

  #stable(found: string, make: (count: number) => string): string {
    const known = this.#known.get(found) ?? make(this.#known.size + 1)
    this.#known.set(found, known)
    return known
  }

  /** As many days from the day that is shown. */
  #date(date: string, hasTime: boolean): string {
    const today = Math.floor(this.#replacements.today.getTime() / dayMs)
    const days = Math.floor(Date.parse(date) / dayMs) - today
    const shown = new Date(shownToday + days * dayMs).toISOString().slice(0, 10)
    return hasTime ? `${shown}T09:30:00.000Z` : shown
  }
}

function hashOf(count: number): string {
  return createHash('sha256').update(String(count)).digest('hex')
}

function appKeyOf(count: number): string {
  return Buffer.from(hashOf(count), 'hex').toString('base64url').slice(0, 22)
}
