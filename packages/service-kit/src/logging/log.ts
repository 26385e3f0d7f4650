import { type DestinationStream, type Level, type Logger, levels, pino, stdTimeFunctions } from 'pino'
import { Counter } from 'prom-client'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { LogOutput } from './log-output.ts'
import { isPlain, isSecretName, redact } from './redaction.ts'
import { openStandardOutput } from './standard-output.ts'

/** What a line says besides its message. By its event, operators find it and count it. */
export interface LogFields {
  readonly event: string
  readonly [fact: string]: unknown
}

/** One JSON line per event. Nothing that looks like a secret gets into one. */
export type Log = Readonly<Record<Level, (fields: LogFields, message?: string) => void>> &
  Pick<Logger, 'isLevelEnabled' | 'bindings'>

export interface LogOptions {
  readonly service: string
  /** Which one of several, for its log lines. */
  readonly instance?: string
  readonly level: Level | 'silent'
  /** stdout unless given. */
  readonly stream?: DestinationStream
  /** Where lines are counted that were dropped because nobody read them. */
  readonly metrics?: ServiceMetrics
}

export function createLog({ stream, metrics, ...options }: LogOptions): Log {
  if (stream !== undefined) return logTo(stream, options)
  const output = new LogOutput({ open: openStandardOutput })
  const log = logTo(output, options)
  output.onDropped = (lines) => log.warn({ event: 'log-lines-dropped', lines }, 'nobody read the log fast enough')
  if (metrics) countDropped(output, metrics)
  return log
}

function countDropped(output: LogOutput, { registry }: ServiceMetrics): void {
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that were dropped because standard output was full',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(output.dropped)
    },
  })
}

function logTo(
  stream: DestinationStream,
  { service, instance, level }: Pick<LogOptions, 'service' | 'instance' | 'level'>,
): Log {
  const base = { service, ...(instance !== undefined && { instance }) }
  const lines = new PlainLines(base)
  return pino(
    {
      level,
      base,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain objects by then, and pino's serializer would take them for errors of some type "Object".
      serializers: { err: (err) => err },
      hooks: {
        logMethod(args, method, level) {
          const line = args.length === 1 ? lines.lineOf(levels.labels[level], args[0]) : undefined
          if (line !== undefined) {
            stream.write(line)
            return
          }
          const redacted = args.map((arg) => redact(arg instanceof Error ? { err: arg } : arg))
          // pino types its arguments as object, message and values of the message; redaction keeps their order.
          method.apply(this, redacted as Parameters<typeof method>)
        },
      },
    },
    stream,
  )
}

/**
 * The same line as pino's, for facts that are text or numbers with nothing in them to leave out, as every call has one:
 * a sixth of what redacting each fact and writing the line field by field take.
 */
class PlainLines {
  /** What follows the time, up to the first fact. */
  readonly #base: string
  #millisecond = Number.NaN
  #time = ''

  constructor(base: Readonly<Record<string, string>>) {
    this.#base = `,${JSON.stringify(base).slice(1, -1)},`
  }

  /** Undefined if pino has to write it. */
  lineOf(level: string | undefined, facts: unknown): string | undefined {
    if (!isFlat(facts)) return undefined
    const text = JSON.stringify(facts)
    return isPlain(text) ? `{"level":"${level}"${this.#now()}${this.#base}${text.slice(1)}\n` : undefined
  }

  /** Many lines have the same one. */
  #now(): string {
    const millisecond = Date.now()
    if (millisecond !== this.#millisecond) this.#time = stdTimeFunctions.isoTime()
    this.#millisecond = millisecond
    return this.#time
  }
}

/** Names of facts that are no secrets'. There are as many as the sources have. */
const plainNames = new Set<string>()
const mostPlainNames = 1_000
const plainTypes: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'undefined'])

/** With an event first, so that there is something in it. */
function isFlat(facts: unknown): boolean {
  if (typeof facts !== 'object' || facts === null || !('event' in facts) || 'toJSON' in facts) return false
  for (const name in facts) {
    if (!plainTypes.has(typeof (facts as Record<string, unknown>)[name])) return false
    if (plainNames.has(name)) continue
    if (isSecretName(name)) return false
    if (plainNames.size < mostPlainNames) plainNames.add(name)
  }
  return typeof facts.event === 'string'
}
