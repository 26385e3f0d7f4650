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

/** The usual time for an answer, unless the environment says otherwise (OpenTelemetry's specification). */
const usualTimeoutMs = 10_000
/** For the thread itself, which may have to start first. */
const graceMs = 5_000

type Done = (result: ExportResult) => void

/**
 * Sends spans from a thread of its own. What encodes and posts them then neither runs on the event loop of the calls
 * nor changes how V8 compiles the code of Node that both use. A thread that fails costs the spans it held; the next
 * batch starts another. So does one that is overdue: the exporter's own timeout begins anew with each byte, and a
 * collector that answers in drops would hold it for ever.
 */
export class ThreadExporter implements SpanExporter {
  readonly #environment: Environment
  /** What a thread has not answered yet. */
  readonly #pending = new Map<number, { readonly worker: Worker; readonly done: Done }>()
  readonly #deadlineMs: number
  #worker: Worker | undefined
  #last = 0

  /**
   * @param environment the variables `OTEL_*` that the exporter reads
   * @param grace how long it may take beyond its own timeout, in milliseconds
   */
  constructor(environment: Environment, grace = graceMs) {
    this.#environment = environment
    this.#deadlineMs = timeoutOf(environment) + grace
    this.#worker = this.#start()
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#worker ??= this.#start()
    const resource = spans[0]?.resource.attributes ?? {}
    const task: ExportTask = { id: this.#expect(this.#worker, done), spans: spans.map(spanMessage), resource }
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
    await new Promise<ExportResult>((resolve) =>
      worker.postMessage({ id: this.#expect(worker, resolve) } satisfies ExportTask),
    )
    await worker.terminate()
  }

  /** @returns the number of a task, by which it is answered */
  #expect(worker: Worker, done: Done): number {
    const id = ++this.#last
    const overdue = setTimeout(() => {
      this.#forget(worker, `no whole answer within ${this.#deadlineMs} ms`)
      void worker.terminate()
    }, this.#deadlineMs).unref()
    const settled: Done = (result) => {
      clearTimeout(overdue)
      done(result)
    }
    this.#pending.set(id, { worker, done: settled })
    return id
  }

  #start(): Worker {
    const worker = new Worker(thread, { env: this.#environment, execArgv: [], resourceLimits, name: 'tracing' })
    worker.unref()
    worker.on('message', (message: ExportMessage) => {
      if (message.id === undefined) diag.warn(message.warning)
      else this.#settle(message.id, message.error)
    })
    worker.on('error', (error) => diag.error(error.message))
    worker.on('exit', () => this.#forget(worker, 'the thread that sends spans has ended'))
    return worker
  }

  /** The next batch starts another thread. */
  #forget(worker: Worker, error: string): void {
    if (this.#worker === worker) this.#worker = undefined
    for (const [id, pending] of this.#pending) if (pending.worker === worker) this.#settle(id, error)
  }

  #settle(id: number, error: string | undefined): void {
    const done = this.#pending.get(id)?.done
    this.#pending.delete(id)
    if (error === undefined) done?.({ code: ExportResultCode.SUCCESS })
    else done?.({ code: ExportResultCode.FAILED, error: new Error(error) })
  }
}

function timeoutOf(environment: Environment): number {
  const set = environment.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? environment.OTEL_EXPORTER_OTLP_TIMEOUT
  const timeout = Number(set)
  return timeout > 0 && timeout < Number.POSITIVE_INFINITY ? timeout : usualTimeoutMs
}
