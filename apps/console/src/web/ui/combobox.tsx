import { type KeyboardEvent, useEffect, useEffectEvent, useId, useRef, useState } from 'react'
import type { Choice } from '../api/lists.ts'
import styles from './combobox.module.css'
import field from './field.module.css'
import { Field } from './field.tsx'

/** How the search for a text stands: what a query answers. */
export interface Search {
  readonly data: { readonly choices: readonly Choice[]; readonly total: number } | undefined
  /** The data are those of the text before. */
  readonly isPlaceholderData: boolean
  readonly isError: boolean
}

export interface ComboboxProps {
  readonly label: string
  readonly hint?: string
  readonly error?: string | undefined
  /** The name of what is chosen; empty: nothing is. */
  readonly chosen: string
  /** Where nothing is chosen. */
  readonly placeholder: string
  /** What one chooses from: `certificate`. */
  readonly noun: string
  readonly search: Search
  /** The box opens, or somebody types, after a pause. */
  readonly onSearch: (text: string) => void
  /** Undefined: nothing is chosen any more. */
  readonly onChoose: (choice: Choice | undefined) => void
}

const pauseMs = 200

/** What was typed when somebody pressed Enter, or left the box, and is to be chosen once its answer is there. */
interface Awaited {
  readonly text: string
  readonly by: 'Enter' | 'leaving'
}

/**
 * A box to choose one of many by typing a part of its name: the combobox with a list of suggestions of the WAI-ARIA
 * Authoring Practices, whose focus stays in the text. A whole name that is typed is chosen by Enter or when the box is
 * left, also before the answer has come; Enter chooses the only one that fits, too. Anything else that is typed is gone
 * when the box is left.
 */
export function Combobox(props: ComboboxProps) {
  const { label, hint, error, chosen, placeholder, noun, search, onSearch, onChoose } = props
  const listId = useId()
  const input = useRef<HTMLInputElement>(null)
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** Undefined: it is closed, and shows what is chosen. */
  const [typed, setTyped] = useState<string>()
  const [activeId, setActiveId] = useState<string>()
  const [awaited, setAwaited] = useState<Awaited>()
  const isOpen = typed !== undefined
  const choices = search.data?.choices
  const summary = summaryOf(noun, search)
  const active = choices?.findIndex(({ id }) => id === activeId) ?? -1
  useEffect(() => () => clearTimeout(pause.current), [])
  useEffect(() => {
    if (activeId !== undefined) document.getElementById(`${listId}-${activeId}`)?.scrollIntoView({ block: 'nearest' })
  }, [listId, activeId])

  const open = () => {
    if (isOpen) return
    setTyped(chosen)
    setAwaited(undefined)
    onSearch('')
    // What is typed takes its place.
    input.current?.select()
  }
  const close = () => {
    clearTimeout(pause.current)
    setTyped(undefined)
    setActiveId(undefined)
    setAwaited(undefined)
  }
  const choose = (choice: Choice | undefined) => {
    close()
    onChoose(choice)
  }
  const type = (text: string) => {
    setTyped(text)
    setActiveId(undefined)
    setAwaited(undefined)
    clearTimeout(pause.current)
    pause.current = setTimeout(() => onSearch(text.trim()), isOpen ? pauseMs : 0)
  }
  const awaitAnswer = (by: Awaited['by']) => {
    const text = typed?.trim() ?? ''
    clearTimeout(pause.current)
    setAwaited({ text, by })
    onSearch(text)
  }
  const settle = useEffectEvent(({ text, by }: Awaited, found: readonly Choice[]) => {
    setAwaited(undefined)
    const fitting =
      found.find(({ name }) => name === text) ?? (by === 'Enter' && found.length === 1 ? found[0] : undefined)
    if (fitting !== undefined) choose(fitting)
  })
  const answer = search.isPlaceholderData ? undefined : choices
  useEffect(() => {
    if (awaited !== undefined && answer !== undefined) settle(awaited, answer)
  }, [awaited, answer])
  const leave = () => {
    close()
    if (typed === undefined || typed.trim() === chosen) return
    if (typed.trim() !== '') awaitAnswer('leaving')
    else if (chosen !== '') choose(undefined)
  }
  const move = (step: number) => {
    if (!isOpen) return open()
    if (choices === undefined || choices.length === 0) return
    const from = active === -1 && step < 0 ? 0 : active
    setActiveId(choices.at((from + step) % choices.length)?.id)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowUp') move(-1)
    else if (event.key === 'Enter' && isOpen) {
      const choice = choices?.[active]
      if (choice !== undefined) choose(choice)
      else if (typed.trim() === '' || typed.trim() === chosen) leave()
      else awaitAnswer('Enter')
    } else if (event.key === 'Escape' && isOpen) close()
    else return
    // The arrows would move the caret, Enter send the form, and Escape close the dialog around it.
    event.preventDefault()
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <div className={styles.box}>
          <input
            {...ids}
            ref={input}
            type="text"
            role="combobox"
            autoComplete="off"
            spellCheck={false}
            aria-autocomplete="list"
            aria-expanded={isOpen}
            aria-controls={listId}
            aria-activedescendant={active === -1 ? undefined : `${listId}-${activeId}`}
            className={`${field.input} ${styles.input}`}
            placeholder={placeholder}
            value={typed ?? chosen}
            onClick={open}
            onChange={(event) => type(event.target.value)}
            onKeyDown={press}
            onBlur={leave}
          />
          <span className={styles.status} role="status">
            {isOpen && summary}
          </span>
          <div className={styles.popup} hidden={!isOpen}>
            {/* Neither gets the focus by a key: it stays in the text. */}
            <div id={listId} role="listbox" tabIndex={-1} aria-label={label} className={styles.list}>
              {isOpen &&
                choices?.map((choice) => (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the text, which has the focus
                  <div
                    key={choice.id}
                    id={`${listId}-${choice.id}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={choice.id === activeId}
                    className={styles.option}
                    // So that the text keeps the focus.
                    onMouseDown={(event) => event.preventDefault()}
                    onClick={() => choose(choice)}
                  >
                    {choice.name}
                    {choice.note !== undefined && <small>{choice.note}</small>}
                  </div>
                ))}
            </div>
            <p className={styles.summary} aria-hidden="true">
              {summary}
            </p>
          </div>
        </div>
      )}
    </Field>
  )
}

function summaryOf(noun: string, { data, isError }: Search): string {
  if (isError) return `The ${noun}s could not be read. Type again.`
  if (data === undefined) return `Looking for ${noun}s…`
  const { choices, total } = data
  if (total === 0) return `No ${noun} found.`
  if (total > choices.length) return `${choices.length} of ${total} ${noun}s. Type to find others.`
  return total === 1 ? `1 ${noun}.` : `${total} ${noun}s.`
}
