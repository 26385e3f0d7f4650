import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useId, useState } from 'react'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { TextField } from '../../ui/field.tsx'

const mostOffered = 20

/** Chooses a mapping by its name, from those that have in their name or url what is typed. */
export function MappingField({ onChoose }: { readonly onChoose: (mappingId: number) => void }) {
  const accountId = useAccountId()
  const listId = useId()
  const [typed, setTyped] = useState('')
  /** What is typed is the whole name: another name may begin with it. */
  const [isWhole, setWhole] = useState(false)
  const search = typed.trim()
  const { data = [] } = useQuery({
    queryKey: [...mappingsKey(accountId), 'named', search],
    queryFn: async ({ signal }) =>
      (await clientOf(accountId).listMappings({ query: { search, limit: mostOffered }, signal })).body,
    enabled: search !== '',
    placeholderData: keepPreviousData,
  })
  const chosenId = isWhole ? data.find(({ name }) => name === search)?.id : undefined
  const choose = useEffectEvent((id: number) => {
    setTyped('')
    setWhole(false)
    onChoose(id)
  })
  useEffect(() => {
    if (chosenId !== undefined) choose(chosenId)
  }, [chosenId])
  return (
    <>
      <TextField
        label="Mapping"
        list={listId}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value)
          // A key writes letters; one of the list takes the place of what was typed.
          setWhole(!/^(insertText|delete)/.test(Reflect.get(event.nativeEvent, 'inputType') ?? ''))
        }}
        onKeyDown={({ key }) => key === 'Enter' && setWhole(true)}
        onBlur={() => setWhole(true)}
      />
      <datalist id={listId}>
        {search !== '' && data.map(({ id, name, url }) => <option key={id} value={name} label={`${name} ${url}`} />)}
      </datalist>
    </>
  )
}
