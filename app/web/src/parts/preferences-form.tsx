import { useState } from 'preact/hooks'
import { ApiError, type Preferences, type SportSummary } from '../api.ts'
import { useSession } from '../session.tsx'
import { useLoaded } from '../use-loaded.ts'
import { Failed, Shown } from './states.tsx'

const formats = [
  { value: 'decimal', text: 'Decimal (1.91)' },
  { value: 'american', text: 'American (−110)' },
] as const
const themes = [
  { value: 'system', text: 'As the device' },
  { value: 'light', text: 'Light' },
  { value: 'dark', text: 'Dark' },
] as const

export function PreferencesForm() {
  const session = useSession()
  const loaded = useLoaded<{ sports: readonly SportSummary[] }>('/api/sports')
  const [saved, setSaved] = useState('')
  const [error, setError] = useState<ApiError>()
  const { favouriteSports, oddsFormat, theme } = session.preferences

  const save = async (form: HTMLFormElement) => {
    const fields = new FormData(form)
    const preferences: Preferences = {
      favouriteSports: fields.getAll('favouriteSports').map(String),
      oddsFormat: formats.find(({ value }) => value === fields.get('oddsFormat'))?.value ?? oddsFormat,
      theme: themes.find(({ value }) => value === fields.get('theme'))?.value ?? theme,
    }
    setError(undefined)
    setSaved('Saving…')
    try {
      await session.savePreferences(preferences)
      setSaved('Preferences saved.')
    } catch (failure) {
      setSaved('')
      setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)))
    }
  }

  return (
    <section class="panel" aria-labelledby="preferences">
      <h2 id="preferences">Preferences</h2>
      <Shown loaded={loaded} rows={3}>
        {({ sports }) => (
          <form
            class="form"
            onSubmit={(event) => {
              event.preventDefault()
              void save(event.currentTarget)
            }}
          >
            <fieldset>
              <legend>Favourite sports</legend>
              {sports.map(({ id, league }) => (
                <label key={id} class="choice">
                  <input
                    type="checkbox"
                    name="favouriteSports"
                    value={id}
                    defaultChecked={favouriteSports.includes(id)}
                  />
                  {league}
                </label>
              ))}
            </fieldset>
            <Choices legend="Odds" name="oddsFormat" choices={formats} chosen={oddsFormat} />
            <Choices legend="Colours" name="theme" choices={themes} chosen={theme} />
            {error && <Failed error={error} />}
            <div class="saving">
              <button class="button">Save preferences</button>
              <p role="status">{saved}</p>
            </div>
          </form>
        )}
      </Shown>
    </section>
  )
}

type Choice = { readonly value: string; readonly text: string }

function Choices({
  legend,
  name,
  choices,
  chosen,
}: {
  legend: string
  name: string
  choices: readonly Choice[]
  chosen: string
}) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {choices.map(({ value, text }) => (
        <label key={value} class="choice">
          <input type="radio" name={name} value={value} defaultChecked={value === chosen} />
          {text}
        </label>
      ))}
    </fieldset>
  )
}
