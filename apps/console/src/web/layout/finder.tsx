import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useEffectEvent, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { certificatesKey } from '../api/certificates.ts'
import { mappingsKey } from '../api/mappings.ts'
import { clientOf } from '../api/page-client.ts'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Failure } from '../ui/failure.tsx'
import { TextField } from '../ui/field.tsx'
import styles from './finder.module.css'
import { usePageGroups } from './navigation.tsx'

interface Place {
  readonly kind: 'Page' | 'Certificate' | 'Mapping'
  readonly name: string
  /** What tells it from others of its name. */
  readonly more?: string | undefined
  readonly to: string
}

const pauseMs = 200
const mostOfAKind = 6

const morePages = [
  { to: (accountId: string) => paths.addCertificate(accountId), label: 'Add a certificate' },
  { to: paths.requestCertificate, label: 'Make a signing request' },
  { to: (accountId: string) => paths.newMapping(accountId), label: 'Map a url' },
]

/** Leads to a page, a certificate or a mapping by some letters of its name, its subject or its url. */
export function Finder({ initialText, onClose }: { readonly initialText: string; readonly onClose: () => void }) {
  const [, navigate] = useLocation()
  const [typed, setTyped] = useState(initialText)
  const [chosen, setChosen] = useState(0)
  const field = useRef<HTMLDivElement>(null)
  const listId = useId()
  const { places, error, isFound } = usePlaces(typed.trim())
  const at = Math.min(chosen, places.length - 1)
  // After the dialog, which gives the focus to its heading.
  useEffect(() => field.current?.querySelector('input')?.focus(), [])
  const go = (place: Place | undefined) => {
    if (place === undefined) return
    onClose()
    navigate(place.to)
  }
  // Enter before the answer opens the first that comes.
  const [isAwaited, setAwaited] = useState(false)
  const first = isAwaited && isFound ? places[0] : undefined
  const goToAwaited = useEffectEvent(() => go(first))
  useEffect(() => {
    if (first !== undefined) goToAwaited()
  }, [first])
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
    const step = steps[event.key]
    if (event.key === 'Enter' && places.length > 0) go(places[at])
    else if (event.key === 'Enter') setAwaited(true)
    if (step === undefined || places.length === 0) return
    event.preventDefault()
    setChosen((at + step + places.length) % places.length)
  }
  return (
    <Dialog title="Find" onClose={onClose}>
      <div ref={field}>
        <TextField
          label="Page, certificate or mapping"
          hint="By a part of its name, subject or url. Enter opens it."
          role="combobox"
          aria-expanded={places.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={at < 0 ? undefined : `${listId}-${at}`}
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setChosen(0)
            setAwaited(false)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={listId} role="listbox" aria-label="Found" className={styles.list}>
        {places.map((place, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
          <div
            key={place.to}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            ref={(option) => {
              if (index === at) option?.scrollIntoView({ block: 'nearest' })
            }}
            onClick={() => go(place)}
          >
            <span>
              {place.name}
              {place.more !== undefined && <small>{place.more}</small>}
            </span>
            <small>{place.kind}</small>
          </div>
        ))}
      </div>
      <p role="status" className={styles.status}>
        {isFound && places.length === 0 && error === null && 'No page, certificate or mapping is called that.'}
      </p>
      {error !== null && <Failure error={error} />}
    </Dialog>
  )
}

/** What some letters lead to: pages at once, the rest once nobody has typed for a moment. */
function usePlaces(typed: string) {
  const accountId = useAccountId()
  const [search, setSearch] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed), pauseMs)
    return () => clearTimeout(timer)
  }, [typed])
  const query = { search, limit: mostOfAKind }
  const enabled = search !== ''
  const certificates = useQuery({
    queryKey: [...certificatesKey(accountId), 'find', search],
    queryFn: async ({ signal }) => (await clientOf(accountId).listCertificates({ query, signal })).body,
    enabled,
  })
  const mappings = useQuery({
    queryKey: [...mappingsKey(accountId), 'find', search],
    queryFn: async ({ signal }) => (await clientOf(accountId).listMappings({ query, signal })).body,
    enabled,
  })
  const wanted = typed.toLowerCase()
  const pages = [...usePageGroups().flatMap(({ links }) => links), ...morePages]
  const places: readonly Place[] = [
    ...pages
      .filter(({ label }) => label.toLowerCase().includes(wanted))
      .map(({ to, label }): Place => ({ kind: 'Page', name: label, to: to(accountId) })),
    ...(certificates.data ?? []).map(
      ({ id, name, subject }): Place => ({
        ...{ kind: 'Certificate', name, more: subject ?? undefined },
        to: paths.certificate(accountId, id),
      }),
    ),
    ...(mappings.data ?? []).map(
      ({ id, name, url }): Place => ({ kind: 'Mapping', name, more: url, to: paths.mapping(accountId, id) }),
    ),
  ]
  const isFound = search === typed && !certificates.isFetching && !mappings.isFetching
  return { places, error: certificates.error ?? mappings.error, isFound }
}
