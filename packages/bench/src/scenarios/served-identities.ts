import type { ServedCall } from '../load/checked-calls.ts'

interface Period {
  readonly version: number
  /** Seconds since 1970: when a change was sent that has its mapping present it, and when another one was answered. */
  readonly from: number
  until: number
}

/**
 * Holds what a target's log says against what each mapping presented and when. The certificates of an identity are
 * named `client-7`, then `client-7.1`, `client-7.2`; its mappings are of `/7/small`, `/7/other`.
 */
export class ServedIdentities {
  calls = 0
  /** Calls with another identity's certificate, with one that their mapping did not present yet, or with none. */
  wrong = 0
  /** Calls that came with a certificate that their mapping no longer presented when they began. */
  stale = 0
  changes = 0
  readonly #keepsSeconds: number
  readonly #versions: number[]
  readonly #periods: ReadonlyMap<string, Period[]>

  /** @param keepsSeconds how long a certificate that was replaced is remembered; a call that has it later is wrong */
  constructor(identities: number, mappings: readonly string[], keepsSeconds = Number.POSITIVE_INFINITY) {
    this.#keepsSeconds = keepsSeconds
    const all = Array.from({ length: identities }, (_, identity) => identity)
    this.#versions = all.map(() => 0)
    const paths = all.flatMap((identity) => mappings.map((mapping) => `/${identity}/${mapping}`))
    this.#periods = new Map(paths.map((path) => [path, [{ version: 0, from: 0, until: Number.POSITIVE_INFINITY }]]))
  }

  /** The next version of an identity, which nothing presents yet. */
  next(identity: number): { readonly version: number; readonly name: string } {
    const version = (this.#versions[identity] ?? 0) + 1
    this.#versions[identity] = version
    return { version, name: `client-${identity}.${version}` }
  }

  /** Has some mappings of an identity present a version. */
  async present(
    identity: number,
    mappings: readonly string[],
    version: number,
    change: () => Promise<unknown>,
  ): Promise<void> {
    const periods = mappings.map((mapping) => this.#periodsOf(`/${identity}/${mapping}`))
    const before = periods.map((each) => each.at(-1))
    // It may be presented before the change is answered.
    for (const each of periods) each.push({ version, from: Date.now() / 1_000, until: Number.POSITIVE_INFINITY })
    await change()
    const now = Date.now() / 1_000
    for (const each of before) if (each) each.until = now
    for (const each of periods) while (each[0] !== undefined && each[0].until < now - this.#keepsSeconds) each.shift()
    this.changes++
  }

  /**
   * @param line of the target's log: `time path subject status`
   * @param graceSeconds how long after it was replaced a certificate may still come: notices travel, calls take their
   *   time
   */
  note(line: string, graceSeconds: number): void {
    const [time, path = '', subject = ''] = line.split(' ')
    this.noteCall({ path, subject, began: Number(time), ended: Number(time) }, graceSeconds)
  }

  /** @returns whether the certificate was one that the mapping had, if not necessarily in time */
  noteCall({ path, subject, began, ended }: ServedCall, graceSeconds: number): boolean {
    const [, named, version = '0'] = /^CN=client-(\d+)(?:\.(\d+))?$/.exec(subject) ?? []
    this.calls++
    const isOwn = named !== undefined && named === path.split('/')[1]
    const periods = isOwn ? this.#periodsOf(path).filter((each) => each.version === Number(version)) : []
    const begun = periods.filter(({ from }) => from <= ended)
    if (begun.length === 0) this.wrong++
    else if (begun.every(({ until }) => began > until + graceSeconds)) this.stale++
    return begun.length > 0
  }

  #periodsOf(path: string): Period[] {
    const periods = this.#periods.get(path)
    if (periods === undefined) throw new Error(`there is no mapping of ${path}`)
    return periods
  }
}
