import type { LoggerService } from '@nestjs/common'
import { readCounter } from '../metrics/fast-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { LogOutput } from './log-output.ts'
import { redactedJson, redactText } from './redaction.ts'

/** What a line says besides its message. By its event, operators find it and count it. */
export interface LogFields {
  readonly event: string
  readonly [fact: string]: unknown
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

type Level = (typeof levels)[number]

type WriteLine = (fields: LogFields, message?: string, foreign?: readonly string[]) => void

/** One JSON line per event. Nothing that looks like a secret gets into one. `foreign` is for {@link redactedJson}. */
export interface Log extends Readonly<Record<Level, WriteLine>> {
  isLevelEnabled(level: Level): boolean
  /** The fields of every line. */
  bindings(): Readonly<Record<string, string>>
}

interface LogOptions {
  readonly service: string
  /** Which one of several, for its log lines. */
  readonly instance?: string
  readonly level: Level | 'silent'
  /** stdout unless given. */
  readonly stream?: { write(line: string): void }
  /** Where lines are counted that were dropped because nobody read them. */
  readonly metrics?: ServiceMetrics
}

/**
 * A line is one `JSON.stringify`, as every call has one: pino writes it field by field, and takes each copy of what is
 * redacted apart again, which takes three times as long.
 */
export function createLog({ service, instance, level, metrics, stream = new LogOutput() }: LogOptions): Log {
  const bindings = { service, ...(instance !== undefined && { instance }) }
  const base = JSON.stringify(bindings).slice(1, -1)
  const isLevelEnabled = (other: Level) => level !== 'silent' && levels.indexOf(other) >= levels.indexOf(level)
  const to = (own: Level): WriteLine => {
    if (!isLevelEnabled(own)) return () => {}
    return (fields, message = messageOf(fields.err), foreign) => {
      const text = message === undefined ? '' : `,"msg":${JSON.stringify(redactText(message))}`
      const facts = redactedJson(fields, foreign).slice(1, -1)
      stream.write(`{"level":"${own}","time":"${now()}",${base},${facts}${text}}\n`)
    }
  }
  const [trace, debug, info] = [to('trace'), to('debug'), to('info')]
  const [warn, error, fatal] = [to('warn'), to('error'), to('fatal')]
  const log: Log = { trace, debug, info, warn, error, fatal, isLevelEnabled, bindings: () => bindings }
  if (stream instanceof LogOutput) tellDropped(stream, log, metrics)
  return log
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined
}

let second = Number.NaN
let upToSecond = ''

/** As `toISOString`, which takes ten times as long as to keep what lines of the same second begin with. */
function now(): string {
  const at = Date.now()
  const ms = at % 1_000
  if (at - ms !== second) upToSecond = new Date(at).toISOString().slice(0, -4)
  second = at - ms
  return `${upToSecond}${String(ms).padStart(3, '0')}Z`
}

function tellDropped(output: LogOutput, log: Log, metrics: ServiceMetrics | undefined): void {
  output.onDropped = (lines) => log.warn({ event: 'log-lines-dropped', lines }, 'nobody read the log fast enough')
  if (metrics === undefined) return
  readCounter({
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that were dropped because standard output was full',
    registry: metrics.registry,
    read: () => [[{}, output.dropped]],
  })
}

/** Nest's own messages as lines of our log. Those about its start are of no interest in operation. */
export function nestLog(log: Log): LoggerService {
  /** The optional last argument names the part of Nest. */
  const to =
    (level: Level) =>
    (message: unknown, ...rest: readonly unknown[]) => {
      const context = rest.at(-1)
      const stack = rest.length > 1 ? rest[0] : undefined
      const facts = {
        event: 'nest',
        ...(typeof context === 'string' && { context }),
        ...(stack !== undefined && { stack }),
      }
      if (typeof message === 'string') log[level](facts, message)
      else log[level]({ ...facts, err: message })
    }
  return {
    log: to('debug'),
    fatal: to('fatal'),
    error: to('error'),
    warn: to('warn'),
    debug: to('debug'),
    verbose: to('trace'),
  }
}
