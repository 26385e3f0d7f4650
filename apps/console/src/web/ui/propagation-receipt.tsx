import { useQuery } from '@tanstack/react-query'
import { propagationQuery } from '../api/rotation.ts'
import { useAccountId } from '../routing/account-id.ts'
import { Answered } from './answered.tsx'
import styles from './propagation-receipt.module.css'
import { Time } from './time.tsx'

export interface PropagationReceiptProps {
  readonly certificateId: string
}

/** One cell for each forwarder; it fills itself, and stops asking once all of them present the version in use. */
export function PropagationReceipt({ certificateId }: PropagationReceiptProps) {
  const query = useQuery(propagationQuery(useAccountId(), certificateId))
  return (
    <Answered query={query} label="Asking the forwarders">
      {query.data && (
        <div className={styles.receipt}>
          <p role="status">{sentence(query.data)}</p>
          {query.data.instances.length > 0 && (
            <ul aria-label="Forwarders">
              {query.data.instances.map(({ instance, current, since }) => (
                <li key={instance} className={current ? styles.done : styles.waiting}>
                  <strong>{instance}</strong>
                  <span>
                    {current ? 'Presents it' : 'Not yet'}
                    {current && since !== null && (
                      <>
                        , updated <Time at={since} />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Answered>
  )
}

interface Presented {
  readonly complete: boolean
  readonly instances: readonly { readonly current: boolean }[]
}

function sentence({ complete, instances }: Presented): string {
  const { length } = instances
  if (length === 0) return 'No forwarder is running, so no calls are made at the moment.'
  const done = instances.filter(({ current }) => current).length
  const count = `${done} of ${length} ${length === 1 ? 'forwarder presents' : 'forwarders present'} it.`
  return complete ? count : `${count} Checking again every second.`
}
