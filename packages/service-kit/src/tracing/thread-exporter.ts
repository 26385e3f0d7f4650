import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { diag } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Environment } from '../configuration/parse-configuration.ts'
import type { ExportMessage, ExportTask } from './export-thread.ts'
import { spanMessage } from './span-message.ts'

const thread = new URL(`./export-thread${extname(import.meta.url)}`, import.meta.url)

/** So that a leak ends the thread, not the process. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 }

type Done = (result: ExportResult) => void

/**
 * Sends spans from a thread of its own. What encodes and posts them then neither runs on the event loop of the calls
 * nor changes how V8 compiles the code of Node that both use. A thread that fails costs the spans it held; the next
 * batch starts another.
 */
export class ThreadExporter implements SpanExporter {
  readonly #environment: Environment
  /** Those of what the thread has not answered yet. */
  readonly #pending = new Map<number, Done>()
  #worker: Worker | undefined
  #last = 0

  /** @param environment the variables `OTEL_*` that the exporter reads */
  constructor(environment: Environment) {
    this.#environment = environment
    this.#worker = this.#start()
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#worker ??= this.#start()
    const resource = spans[0]?.resource.attributes ?? {}
    const task: ExportTask = { id: this.#expect(done), spans: spans.map(spanMessage), resource }
    this.#worker.postMessage(task)
  }

  /** Sends a message without spans. @returns why it did not arrive; undefined if it did */
  async tryOut(): Promise<string | undefined> {
    this.#worker?.ref()
    const { error } = await new Promise<ExportResult>((resolve) => this.export([], resolve))
    return error?.message
  }

  /** Waits for what is on its way. */
  async shutdown(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    // Else the process could end before the answer.
    worker.ref()
    await new Promise<ExportResult>((resolve) => worker.postMessage({ id: this.#expect(resolve) } satisfies ExportTask))
    await worker.terminate()
  }

  /** @returns the number of a task, by which it is answered */
  #expect(done: Done): number {
    this.#last += 1
    this.#pending.set(this.#last, done)
    return this.#last
  }

  #start(): Worker {
    const worker = new Worker(thread, { env: this.#environment, execArgv: [], resourceLimits, name: 'tracing' })
    worker.unref()
    worker.on('message', (message: ExportMessage) => {
      if (message.id === undefined) diag.warn(message.warning)
      else this.#settle(message.id, message.error)
    })
    worker.on('error', (error) => diag.error(error.message))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      for (const id of this.#pending.keys()) this.#settle(id, 'the thread that sends spans has ended')
    })
    return worker
  }

  #settle(id: number, error: string | undefined): void {
    const done = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) done?.({ code: ExportResultCode.SUCCESS })
    else done?.({ code: ExportResultCode.FAILED, error: new Error(error) })
  }
}
