import type { SportSummary } from '../api.ts'
import { SportCards } from '../parts/sport-cards.tsx'
import { Shown } from '../parts/states.tsx'
import { useTitle } from '../parts/title.ts'
import { useLoaded } from '../use-loaded.ts'

export default function Sports() {
  useTitle('Sports')
  const loaded = useLoaded<{ sports: readonly SportSummary[] }>('/api/sports')
  return (
    <div class="width page">
      <h1>Sports</h1>
      <p class="lead">Every game in the data, by day. Where nothing open is published, that is said instead.</p>
      <Shown loaded={loaded} rows={6}>
        {({ sports }) => <SportCards sports={sports} />}
      </Shown>
    </div>
  )
}
