import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Login } from './session/login';
import { hadSession, onEnd, renew } from './session/session';
import './styles.css';

const loadApp = () => import('./app');
const App = lazy(() => loadApp().then(({ App: component }) => ({ default: component })));

/** Loads the app before it is needed. When that fails, the attempt that needs it says why. */
function prefetchApp(): void {
  void loadApp().catch(() => undefined);
}

/** Between two tries, and the most of it. */
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;

/** Who had a session waits a moment for the next token; everybody else sees the login at once. */
function Console() {
  const [stage, setStage] = useState<'asking' | 'waiting' | 'out' | 'in'>(hadSession() ? 'asking' : 'out');

  useEffect(() => {
    // A server that starts or has too much to do has not ended the session: it is asked until it answers.
    const ask = async (pause = PAUSE_MS): Promise<boolean> => {
      try {
        return await renew();
      } catch {
        if (!hadSession()) return false;
        setStage((now) => (now === 'asking' ? 'waiting' : now));
        await new Promise((resolve) => setTimeout(resolve, pause));
        return ask(Math.min(pause * 2, LONGEST_PAUSE_MS));
      }
    };
    void ask().then((hasSession) => {
      // Somebody may have logged in meanwhile.
      setStage((now) => (hasSession ? 'in' : now === 'asking' || now === 'waiting' ? 'out' : now));
    });
    return onEnd(() => setStage('out'));
  }, []);

  if (stage === 'asking') return null;
  if (stage === 'waiting') return <Waiting />;
  if (stage === 'out') return <Login onTyping={prefetchApp} onLogIn={() => setStage('in')} />;
  return (
    <Suspense>
      <App />
    </Suspense>
  );
}

function Waiting() {
  return (
    <main className="grid min-h-dvh place-content-center justify-items-center gap-1 p-4">
      <h1 className="text-lg font-semibold">OTA server</h1>
      <p role="status" className="text-sm text-ink-2">
        The server does not answer. Trying again…
      </p>
    </main>
  );
}

if (hadSession()) prefetchApp();
const element = document.getElementById('root');
if (element) {
  createRoot(element).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
}
