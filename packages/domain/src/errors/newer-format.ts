import { CodedError } from './coded-error.ts'

/** The format of something that is stored, as it was found. */
export interface StoredFormat {
  /** Begins the sentence: "secrets.db". */
  readonly what: string
  readonly format: unknown
  /** The newest format that this release reads. */
  readonly known: number
  /** What the data itself says of the first release that reads it. */
  readonly readBy?: unknown
}

const releaseForm = /^\d{1,5}\.\d{1,5}\.\d{1,5}$/

/**
 * Refuses what a later release has stored (decision 32). Everything else is left to whoever reads it.
 * @throws CodedError `STORE_NEWER`
 */
export function refuseNewerFormat({ what, format, known, readBy }: StoredFormat): void {
  if (typeof format !== 'number' || !Number.isSafeInteger(format) || format <= known) return
  const isNamed = typeof readBy === 'string' && releaseForm.test(readBy)
  const reader = isNamed ? `Release ${readBy} or later reads it` : 'The release that wrote it reads it'
  throw new CodedError(
    'STORE_NEWER',
    `${what} has format ${format}, and this release reads formats up to ${known}. Nothing was changed. ${reader}: ` +
      'the operator runs that one again, or restores the backup from before the update (docs/upgrades.md).',
  )
}
