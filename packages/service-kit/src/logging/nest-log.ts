import type { LoggerService } from '@nestjs/common'
import type { Log } from './log.ts'
import { sourceStack } from './source-stack.ts'

/** Nest's own messages as lines of our log. The optional last argument names the part of Nest. */
export class NestLog implements LoggerService {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Nest's messages about its start are of no interest in operation. */
  log(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest)
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest)
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest)
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest)
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest)
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest)
  }

  #write(level: 'fatal' | 'error' | 'warn' | 'debug' | 'trace', message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1)
    const stack = rest.length > 1 ? rest[0] : undefined
    const facts = {
      event: 'nest',
      ...(typeof context === 'string' && { context }),
      ...(stack !== undefined && { stack: typeof stack === 'string' ? sourceStack(stack) : stack }),
    }
    if (typeof message === 'string') this.#log[level](facts, message)
    else this.#log[level]({ ...facts, err: message })
  }
}
