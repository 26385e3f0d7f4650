import { isUrlPattern, type Mapping, MappingIndex, type RecordId } from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import type { ChangedMappings } from '../format/account-codec.ts'
import { MappingUses } from './mapping-uses.ts'

/** The mappings of an account as a snapshot of it holds them. */
export interface IndexedMappings {
  readonly index: MappingIndex
  /** The records of CA certificates that they trust. */
  readonly caRecordIds: ReadonlySet<RecordId>
  readonly uses: MappingUses
  /** About what they take of the heap. */
  readonly bytes: number
}

// Measured on Node 24: the heap that a mapping and its places in the index take, without its url.
const mappingBytes = 260
const patternBytes = 320
const trustBytes = 550
const pinBytes = 140
const replacedBytes = 150

export async function indexMappings(mappings: readonly Mapping[], slices: TimeSlices): Promise<IndexedMappings> {
  const index = new MappingIndex()
  const caRecordIds = new Set<RecordId>()
  const uses = new MappingUses()
  let bytes = 0
  for (const mapping of mappings) {
    index.add(mapping)
    uses.add(mapping)
    bytes += bytesOf(mapping)
    const caRecordId = mapping.targetTrust?.caRecordId
    if (caRecordId !== undefined) caRecordIds.add(caRecordId)
    if (slices.isOver) await slices.next()
  }
  return { index, caRecordIds, uses, bytes }
}

/** What {@link indexMappings} would make after a change, at the cost of the change; undefined if that can't be told. */
export function indexChanged(before: IndexedMappings, { gone, fresh }: ChangedMappings): IndexedMappings | undefined {
  // Others may trust the same.
  if ([...gone, ...fresh].some(({ targetTrust }) => targetTrust !== undefined)) return undefined
  const index = before.index.replacing(gone, fresh)
  // What is gone is in the index behind until it is made anew.
  const bytes = [...gone, ...fresh].reduce((sum, mapping) => sum + replacedBytes + mapping.url.length, before.bytes)
  return (
    index && {
      index,
      caRecordIds: before.caRecordIds,
      uses: before.uses.replacing(gone, fresh),
      bytes: fresh.reduce((sum, mapping) => sum + bytesOf(mapping), bytes),
    }
  )
}

function bytesOf({ url, targetTrust }: Mapping): number {
  const pins = targetTrust?.spkiPins?.length ?? 0
  return (
    mappingBytes +
    url.length +
    (isUrlPattern(url) ? patternBytes : 0) +
    (targetTrust ? trustBytes : 0) +
    pins * pinBytes
  )
}
