import { faultOf } from '../../ui/faults.ts'
import { TextArea, TextField } from '../../ui/field.tsx'
import styles from './name-fields.module.css'
import { type RequestedNames, subjectParts } from './request.ts'

export const noNames: RequestedNames = { subject: {}, subjectAltNames: '' }

export function isEmptySubject(subject: RequestedNames['subject']): boolean {
  return Object.values(subject).every((part) => part === undefined || part.trim() === '')
}

interface NameFieldsProps {
  readonly names: RequestedNames
  readonly error: Error | null
  readonly onNames: (names: RequestedNames) => void
}

/** What the certificate is to say: its subject and its other names. */
export function NameFields({ names, error, onNames }: NameFieldsProps) {
  return (
    <>
      <fieldset className={styles.subject}>
        <legend>Subject</legend>
        {subjectParts.map(({ part, label, hint, maxLength }) => (
          <TextField
            key={part}
            label={label}
            hint={hint}
            maxLength={maxLength}
            value={names.subject[part] ?? ''}
            error={requestFaults(error)[part]}
            onChange={({ target }) =>
              onNames({
                ...names,
                subject: { ...names.subject, [part]: part === 'country' ? target.value.toUpperCase() : target.value },
              })
            }
          />
        ))}
      </fieldset>
      <TextArea
        label="Other names"
        hint={
          // What is wrong with it says the rest again.
          requestFaults(error).subjectAltNames === undefined
            ? 'One per line: host names, addresses, mail addresses or URIs. A line may begin with DNS:, IP:, email: or URI:.'
            : 'One per line.'
        }
        rows={3}
        placeholder="client.example"
        value={names.subjectAltNames}
        error={requestFaults(error).subjectAltNames}
        onChange={(event) => onNames({ ...names, subjectAltNames: event.target.value })}
      />
    </>
  )
}

/** What the gateway says of the fields of a request. */
export function requestFaults(error: Error | null) {
  const parts = subjectParts.map(({ part }) => [part, faultOf(error, part)] as const)
  return {
    name: faultOf(error, 'name', 'CERTIFICATE_NAME_TAKEN'),
    subjectAltNames: faultOf(error, 'subjectAltNames', 'SUBJECT_ALT_NAME_INVALID'),
    ...(Object.fromEntries(parts) as Record<(typeof parts)[number][0], string | undefined>),
  }
}
