import { expect, it } from '@jest/globals'
import { createConfigApiClient, entriesByIds, entriesOf, nextPageQuery, pagesOf, totalOf } from '../src/index.ts'
import { sendJson, startServer } from './recording-server.ts'

const pages = [['a', 'b'], ['c'], ['d']]

/** Three pages of names. */
async function startPages() {
  const server = await startServer((response, count) => {
    const link = `<?limit=2&cursor=after%20${count}>; rel="next"`
    sendJson(
      response,
      pages[count - 1]?.map((name) => ({ name })),
      count < pages.length ? { link } : {},
    )
  })
  return { server, client: createConfigApiClient({ baseUrl: server.url, accountId: 'le1', token: 'secret' }) }
}

it('yields the entries of all pages, and asks for each with what the first was asked by', async () => {
  const { server, client } = await startPages()
  const names: string[] = []
  const request = { query: { limit: 2, clientAuth: 'absent' } } as const
  for await (const { name } of entriesOf(client.listCertificates, request)) names.push(name)
  expect(names).toEqual(['a', 'b', 'c', 'd'])
  expect(server.requests.map(({ url }) => url.split('?')[1])).toEqual([
    'limit=2&clientAuth=absent',
    'limit=2&clientAuth=absent&cursor=after+1',
    'limit=2&clientAuth=absent&cursor=after+2',
  ])
})

it('asks for no page that nobody takes', async () => {
  const { server, client } = await startPages()
  for await (const { body } of pagesOf(client.listMappings)) {
    expect(body).toHaveLength(2)
    break
  }
  expect(server.requests).toHaveLength(1)
})

it('says how to ask for the page after an answer, and after the last that there is none', async () => {
  const { client } = await startPages()
  const first = await client.listMappings({ query: { limit: 2 } })
  expect(nextPageQuery(first)).toEqual({ limit: '2', cursor: 'after 1' })
  await client.listMappings()
  expect(nextPageQuery(await client.listMappings())).toBeUndefined()
})

it('says how many entries there are, where the answer does', async () => {
  const { url } = await startServer((response, count) =>
    sendJson(response, [], count === 1 ? { 'x-total-count': '213' } : count === 2 ? { 'x-total-count': 'many' } : {}),
  )
  const client = createConfigApiClient({ baseUrl: url, accountId: 'le1', token: 'secret' })
  expect(totalOf(await client.listMappings())).toBe(213)
  expect(totalOf(await client.listMappings())).toBeUndefined()
  expect(totalOf(await client.listMappings())).toBeUndefined()
})

it('asks for entries by their ids, each once and a hundred at a time', async () => {
  const server = await startServer((response, count) => sendJson(response, [{ id: count }]))
  const client = createConfigApiClient({ baseUrl: server.url, accountId: 'le1', token: 'secret' })
  const ids = Array.from({ length: 150 }, (_, at) => String(at + 1))
  const found = await entriesByIds(client.listCertificates, [...ids, ...ids, 1])
  expect(found).toEqual([{ id: 1 }, { id: 2 }])
  const asked = server.requests.map(({ url }) => new URLSearchParams(url.split('?')[1]).get('ids')?.split(','))
  expect(asked).toEqual([ids.slice(0, 100), ids.slice(100)])
  expect(await entriesByIds(client.listCertificates, [])).toEqual([])
  expect(server.requests).toHaveLength(2)
})
