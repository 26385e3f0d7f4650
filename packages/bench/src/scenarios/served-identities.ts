/**
 * Holds what a target's log says against what was onboarded: the certificates of an identity are named `client-7`, then
 * `client-7.1`, `client-7.2`.
 */
export class ServedIdentities {
  calls = 0
  /** Calls that came with another identity's certificate, or with none. */
  wrong = 0
  /** Calls that came with a certificate that had been replaced before they began. */
  stale = 0
  rotations = 0
  /** For each identity, when each version was replaced, in seconds since 1970. */
  readonly #replacedAt: number[][]

  constructor(identities: number) {
    this.#replacedAt = Array.from({ length: identities }, () => [])
  }

  nextName(identity: number): string {
    return `client-${identity}.${(this.#replacedAt[identity]?.length ?? 0) + 1}`
  }

  /** From now on the name that was given last counts. */
  replaced(identity: number): void {
    this.rotations++
    this.#replacedAt[identity]?.push(Date.now() / 1_000)
  }

  /**
   * @param line of the target's log: `time path subject status`
   * @param graceSeconds how long after it was replaced a certificate may still come: notices travel, calls take their
   *   time
   */
  note(line: string, graceSeconds: number): void {
    const [time, path = '', subject = ''] = line.split(' ')
    const identity = path.split('/')[1]
    const [, named, version = '0'] = /^CN=client-(\d+)(?:\.(\d+))?$/.exec(subject) ?? []
    this.calls++
    if (named === undefined || named !== identity) {
      this.wrong++
      return
    }
    const replacedAt = this.#replacedAt[Number(identity)]?.[Number(version)]
    if (replacedAt !== undefined && Number(time) > replacedAt + graceSeconds) this.stale++
  }
}
