import { type DestinationStream, destination, type Level, type Logger, pino, stdTimeFunctions } from 'pino'
import { redact } from './redaction.ts'

/** One JSON line per event. Nothing that looks like a secret gets into one. */
export type Log = Logger

export interface LogOptions {
  readonly service: string
  readonly level: Level | 'silent'
  /** stdout unless given. */
  readonly stream?: DestinationStream
}

export function createLog({ service, level, stream = bufferedStdout() }: LogOptions): Log {
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain objects by then, and pino's serializer would take them for errors of some type "Object".
      serializers: { err: (err) => err },
      hooks: {
        logMethod(args, method) {
          const redacted = args.map((arg) => redact(arg instanceof Error ? { err: arg } : arg))
          // pino types its arguments as object, message and values of the message; redaction keeps their order.
          method.apply(this, redacted as Parameters<typeof method>)
        },
      },
    },
    stream,
  )
}

/** Writing each line at once would cost the hot path a system call. pino flushes the rest at exit. */
function bufferedStdout(): DestinationStream {
  return destination({ fd: 1, sync: false, minLength: 4_096, periodicFlush: 100 })
}
