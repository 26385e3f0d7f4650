import { EventEmitter, on } from 'node:events'

export type LogLine = Readonly<Record<string, unknown>>

/** The destination of a log, for a test to read. */
export class TestLog {
  readonly lines: LogLine[] = []
  readonly #written = new EventEmitter()

  write(text: string): void {
    const line: LogLine = JSON.parse(text)
    this.lines.push(line)
    this.#written.emit('line', line)
  }

  /** The first line with these facts, now or later. */
  async line(facts: LogLine): Promise<LogLine> {
    const matches = (line: LogLine) => Object.entries(facts).every(([name, value]) => line[name] === value)
    const known = this.lines.find(matches)
    if (known) return known
    for await (const [line] of on(this.#written, 'line')) if (matches(line)) return line
    throw new Error('the log ended')
  }
}
