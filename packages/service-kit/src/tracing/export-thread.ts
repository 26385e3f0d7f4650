/** Runs in a thread of its own: what sends spans takes nothing from the event loop that calls run on. */
import { parentPort } from 'node:worker_threads'
import type { Attributes } from '@opentelemetry/api'
import type { ExportResult } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { readableSpan, type SpanMessage } from './span-message.ts'
import { tellWarnings } from './warnings.ts'

/** Each with its own number, by which it is answered. */
export type ExportTask =
  | { readonly id: number; readonly spans: readonly SpanMessage[]; readonly resource: Attributes }
  | { readonly id: number; readonly spans?: undefined }

export type ExportMessage =
  /** A task is done. */
  | { readonly id: number; readonly error: string | undefined }
  /** What the exporter says beside. */
  | { readonly id?: undefined; readonly warning: string }

// First: it may warn of its variables.
tellWarnings((warning) => tell({ warning }))
const exporter = new OTLPTraceExporter()

parentPort?.on('message', (task: ExportTask) => {
  const { id } = task
  if (task.spans === undefined) {
    exporter.shutdown().then(
      () => tell({ id, error: undefined }),
      (error: Error) => tell({ id, error: error.message }),
    )
    return
  }
  const resource = resourceFromAttributes(task.resource)
  const spans = task.spans.map((span) => readableSpan(span, resource))
  exporter.export(spans, ({ error }: ExportResult) => tell({ id, error: error?.message }))
})

function tell(message: ExportMessage): void {
  parentPort?.postMessage(message)
}
