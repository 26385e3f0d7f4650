import {
  ApprovalRequested,
  type ChangedEach,
  changeEach,
  type EachChange,
  entryFaults,
  GatewayProblem,
} from '@mtls-gateway/client/page'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { approvalsKey } from '../../api/approvals.ts'
import { type MappingFilters, mappingsKey, readMappings } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Notice } from '../../ui/notice.tsx'
import { say } from '../../ui/toasts.tsx'
import { TypedName } from '../../ui/typed-name.tsx'
import { WaitsForApproval } from '../../ui/waits-for-approval.tsx'
import styles from './bulk-changes.module.css'
import type { SelectedMappings } from './use-selection.ts'

export interface BulkChangesProps {
  readonly selection: SelectedMappings
  /** The list that they are selected in, and how many there are on all its pages. */
  readonly filters: MappingFilters
  readonly total: number | undefined
  /** As the list shows them; undefined: it does not. */
  readonly nameOf: (id: number) => string | undefined
}

/** What can be done with the mappings that are selected, and what of it could not be done. */
export function BulkChanges({ selection, filters, total, nameOf }: BulkChangesProps) {
  const accountId = useAccountId()
  const queries = useQueryClient()
  const missingScope = useMissingScope('mtls:write')
  const [isDeleting, setDeleting] = useState(false)
  const [changedNow, setChangedNow] = useState(0)
  const { ids, set } = selection
  const select = (next: readonly number[]) => {
    set(next)
    // The buttons are gone then, and the focus with them.
    if (next.length === 0) document.querySelector('h1')?.focus()
  }
  const all = useMutation({
    mutationFn: () => readMappings(accountId, filters),
    onSuccess: (mappings) => set(mappings.map(({ id }) => id)),
  })
  const change = useMutation({
    mutationFn: (each: EachChange) =>
      changeEach({
        ...{ send: clientOf(accountId).updateMappings, ids, change: each },
        ...{ faultsOf, approvalOf, onProgress: setChangedNow },
      }),
    onMutate: () => setChangedNow(0),
    onSuccess: async ({ changed, failed }, each) => {
      setDeleting(false)
      // What could not be changed stays selected, for another try.
      select(failed.map(({ id }) => id))
      if (changed.length > 0) say({ text: `${countOf(changed.length)} ${doneOf(each, changed.length)}.` })
      await queries.invalidateQueries({ queryKey: mappingsKey(accountId) })
      await queries.invalidateQueries({ queryKey: approvalsKey(accountId) })
    },
  })
  const begin = (each: EachChange) => change.mutate(each)
  return (
    <>
      {change.data && change.data.failed.length > 0 && <NotChanged result={change.data} nameOf={nameOf} />}
      {change.data?.waiting.map((approval) => (
        <WaitsForApproval key={approval.id} approval={approval} />
      ))}
      {all.error && <Failure error={all.error} />}
      {change.error && <Failure error={change.error} />}
      {ids.length > 0 && (
        <section className={styles.bar} aria-label="Selected mappings">
          <p role="status">
            {change.isPending && changedNow > 0
              ? `${changedNow.toLocaleString('en')} of ${countOf(ids.length)} changed`
              : `${countOf(ids.length)} selected`}
          </p>
          <Button disabledReason={missingScope} isPending={change.isPending} onClick={() => begin({ enable: true })}>
            Enable
          </Button>
          <Button disabledReason={missingScope} isPending={change.isPending} onClick={() => begin({ enable: false })}>
            Disable
          </Button>
          <Button look="danger" disabledReason={missingScope} onClick={() => setDeleting(true)}>
            Delete
          </Button>
          {total !== undefined && total > ids.length && (
            <Button look="quiet" isPending={all.isPending} onClick={() => all.mutate()}>
              Select all {total.toLocaleString('en')}
            </Button>
          )}
          <Button look="quiet" onClick={() => select([])}>
            Select none
          </Button>
        </section>
      )}
      {isDeleting && (
        <Dialog title={`Delete ${countOf(ids.length)}?`} onClose={() => setDeleting(false)}>
          <TypedName
            title="Delete them"
            name={countOf(ids.length)}
            error={change.error}
            isPending={change.isPending}
            disabledReason={missingScope}
            onConfirm={() => begin({ deleted: true })}
          >
            Their calls then go out without a certificate, or are refused, as the settings of the account say.
          </TypedName>
        </Dialog>
      )}
    </>
  )
}

const shownFailures = 20

function NotChanged({
  result: { failed },
  nameOf,
}: {
  readonly result: ChangedEach
  readonly nameOf: BulkChangesProps['nameOf']
}) {
  const more = failed.length - shownFailures
  return (
    <Notice tone="bad" title={`${countOf(failed.length)} could not be changed`}>
      <ul className={styles.failed}>
        {failed.slice(0, shownFailures).map(({ id, detail }) => (
          <li key={id}>
            {nameOf(id) ?? id}: {detail}
          </li>
        ))}
        {more > 0 && <li>And {more.toLocaleString('en')} more.</li>}
      </ul>
    </Notice>
  )
}

function faultsOf(error: unknown): ReadonlyMap<number, string> {
  return error instanceof GatewayProblem ? entryFaults(error.problem) : new Map()
}

function approvalOf(error: unknown) {
  return error instanceof ApprovalRequested ? error.approval : undefined
}

function countOf(count: number): string {
  return count === 1 ? '1 mapping' : `${count.toLocaleString('en')} mappings`
}

function doneOf(each: EachChange, count: number): string {
  const is = count === 1 ? 'is' : 'are'
  return 'deleted' in each ? `${is} deleted` : each.enable ? `${is} enabled` : `${is} disabled`
}
