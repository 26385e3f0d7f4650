import type { ApprovalChange } from '@mtls-gateway/contract'
import styles from './changes.module.css'
import { Breakable } from './long-text.tsx'

const verbs: Readonly<Record<ApprovalChange['action'], string>> = {
  create: 'Create',
  update: 'Change',
  delete: 'Delete',
  rename: 'Rename',
}

const kinds: Readonly<Record<ApprovalChange['kind'], string>> = {
  certificate: 'the certificate',
  mapping: 'the mapping',
  trust: 'the trust list',
  appKey: 'the app key',
  invitation: 'the invitation',
  handover: 'the handover',
  signingKey: 'the signing key',
  settings: 'the settings',
}

/** What would change, object by object and field by field: before and after. */
export function Changes({ changes }: { readonly changes: readonly ApprovalChange[] }) {
  return (
    <div className={styles.changes}>
      {changes.map((change) => (
        <ObjectChange key={`${change.action} ${change.kind} ${change.name}`} change={change} />
      ))}
    </div>
  )
}

function ObjectChange({ change: { action, kind, name, fields } }: { readonly change: ApprovalChange }) {
  const title = [verbs[action], kinds[kind], name].join(' ')
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {fields.length > 0 && (
        <table className={styles.table} aria-label={`Fields of ${name}`}>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(({ field, before, after }) => (
              <tr key={field}>
                <th scope="row">
                  <Breakable text={field} />
                </th>
                <td data-head="Before" className={styles.before}>
                  <Value value={before} />
                </td>
                <td data-head="After" className={styles.after}>
                  <Value value={after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function Value({ value }: { readonly value: unknown }) {
  if (value === undefined || value === null) return <span>–</span>
  return (
    <span>
      <Breakable text={typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)} />
    </span>
  )
}
