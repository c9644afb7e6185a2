/** The first page: what runs now, your designs, and the published ones to start from. */
import { useEffect, useMemo, useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { ago, full, short } from "../shared/format";
import { EditableName, Labels } from "../shared/list/Labels";
import { ListEnd, ListTools, NothingFound } from "../shared/list/ListTools";
import { ShareButton } from "../shared/list/Share";
import { intoTrash } from "../shared/list/trash";
import { useList } from "../shared/list/useList";
import type { DatasetRow, Listing, RunRow, Schemas } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { FetchedPicture } from "../shared/ui/FetchedPicture";
import { toast } from "../shared/ui/toast";
import { families, familyTitle, search, sorted, type Order, type ZooItem } from "./gallery";
import { RunningNow } from "./RunningNow";
import "./home.css";

export type DesignItem = Schemas["DesignRow"];

export function Home({ zoo: first, designs: own, running }: { zoo: ZooItem[]; designs: Listing<DesignItem>; running: RunRow[] }) {
  const [zoo, setZoo] = useState(first);
  const waiting = zoo.some((item) => item.params === null);
  useEffect(() => {
    if (!waiting) return;
    // The server works the figures out in the background, once; then they are known for good.
    let tries = 0;
    const timer = setInterval(() => {
      if (++tries > 60) clearInterval(timer);
      void api.get<Listing<ZooItem>>("/api/zoo", { query: { limit: 200 } }).then(
        ({ items }) => {
          const known = new Map(items.map((item) => [item.id, item]));
          setZoo((old) => old.map((item) => ({ ...item, params: known.get(item.id)?.params ?? item.params, macs: known.get(item.id)?.macs ?? item.macs })));
        },
        () => undefined,
      );
    }, 2000);
    return () => clearInterval(timer);
  }, [waiting]);
  const dataset = useChosenDataset();
  return (
    <>
      <Welcome zoo={zoo} />
      <RunningNow first={running} />
      <Mine first={own} />
      <Gallery zoo={zoo} dataset={dataset} />
    </>
  );
}

/** `?dataset=ID`: somebody comes from a data set and looks for a design that suits it. */
function useChosenDataset(): DatasetRow | null {
  const [row, setRow] = useState<DatasetRow | null>(null);
  useEffect(() => {
    const id = new URLSearchParams(location.search).get("dataset");
    if (id) void api.get<DatasetRow>(`/api/datasets/${encodeURIComponent(id)}`).then(setRow, () => undefined);
  }, []);
  return row;
}

const HIDDEN = "welcome-hidden";

/** The way through, until somebody says that they know it. Where storage is off, it simply stays. */
function useWelcome(): [boolean, () => void] {
  const [shown, setShown] = useState(() => {
    try {
      return localStorage.getItem(HIDDEN) === null;
    } catch {
      return true;
    }
  });
  const hide = (): void => {
    setShown(false);
    try {
      localStorage.setItem(HIDDEN, "1");
    } catch {
      /* see above */
    }
  };
  return [shown, hide];
}

function Welcome({ zoo }: { zoo: ZooItem[] }) {
  const [shown, hide] = useWelcome();
  const lenet = zoo.find((item) => item.id.startsWith("lenet"));
  if (!shown) {
    return (
      <div className="page-head">
        <div>
          <h1>Designs</h1>
        </div>
        <a className="btn primary" href="/designs/new">
          <Icon name="plus" /> New design
        </a>
      </div>
    );
  }
  return (
    <section className="welcome">
      <div>
        <h1>Build a network, train it, try it.</h1>
        <p>Put blocks together and see at once what they cost. Train on your own machine, watch it learn, then draw a digit and see the answer.</p>
        <div className="row wrap">
          <a className="btn primary" href="/designs/new?tour=1">
            <Icon name="play" /> Take the tour
          </a>
          {lenet && (
            <a className="btn" href={`/designs/new?zoo=${lenet.id}`}>
              Start with LeNet-5
            </a>
          )}
          <a className="btn" href="/designs/new">
            <Icon name="plus" /> Empty design
          </a>
          <button type="button" className="btn quiet" onClick={hide}>
            I know my way
          </button>
        </div>
      </div>
      <ol className="welcome-way" aria-label="The way through">
        <li>
          <b>Open LeNet-5</b>
          <span>and change a layer: shapes, parameters and MACs follow.</span>
        </li>
        <li>
          <b>Train</b>
          <span>it on the digits that come with Blockyard; it takes about half a minute.</span>
        </li>
        <li>
          <b>Publish a demo</b>
          <span>
            and draw a digit with the mouse. <a href="/demos/">Demos that are there</a> can be tried at once.
          </span>
        </li>
      </ol>
    </section>
  );
}

function Figures({ params, macs }: { params: number | null; macs: number | null }) {
  const figure = (value: number | null, unit: string, how: string) => (
    <span className="num" title={value === null ? "Being worked out" : `${full(value)} ${how}`}>
      {value === null ? <span className="skeleton figure-wait" /> : short(value)} <span className="unit">{unit}</span>
    </span>
  );
  return (
    <div className="figures">
      {figure(params, "params", "parameters, weights shared by several nodes counted once")}
      {figure(macs, "MACs", "multiply-adds for one sample at the design's own input size")}
    </div>
  );
}

const FILTERS = ["q", "tag", "sort"];
const N_DESIGNS = 24;
const key = (item: DesignItem): string => item.id;

function Mine({ first }: { first: Listing<DesignItem> }) {
  const list = useList({ path: "/api/designs", first, key, filters: FILTERS, limit: N_DESIGNS });
  const { rows } = list;
  const narrowed = FILTERS.some((name) => list.find[name]);
  if (rows?.length === 0 && !narrowed) return null;
  const duplicate = async (item: DesignItem): Promise<void> => {
    try {
      const made = await api.post<Schemas["DesignCreated"]>(`/api/designs/${item.id}/duplicate`);
      toast({ kind: "ok", title: `${made.name} is there`, action: { label: "Open it", href: `/designs/${made.id}` } });
      await list.look();
    } catch (error) {
      toast({ kind: "bad", title: `Could not duplicate ${item.name}`, text: messageOf(error) });
    }
  };
  return (
    <section className="section first" aria-labelledby="mine">
      <div className="spread">
        <h2 id="mine">Your designs</h2>
      </div>
      {(narrowed || list.count > 6 || first.count > 6) && <ListTools list={list} what="your designs" usual="changed" />}
      {rows === null && !list.fault && <div className="card skeleton mine-wait" aria-busy="true" />}
      {rows?.length === 0 && <NothingFound list={list} filters={FILTERS} />}
      <ul className="gallery">
        {rows?.map((item) => (
          <li key={item.id} className="card tile mine">
            <a href={item.url}>
              <FetchedPicture address={item.picture} />
              <div className="tile-text">
                <h3 className="ellipsis"><span className="visually-hidden">Open </span>{item.name}</h3>
                <p className="muted">
                  {item.version ? `v${item.version}` : "not saved yet"}
                  {item.has_draft && item.version ? " + draft" : ""} · {ago(item.updated)}
                  {item.runs > 0 && ` · ${item.runs} ${item.runs === 1 ? "run" : "runs"}`}
                </p>
                <Figures params={item.params} macs={item.macs} />
              </div>
            </a>
            <div className="tile-labels">
              <Labels<DesignItem> row={item} name={item.name} path={`/api/designs/${item.id}`} known={Object.keys(list.tags)} list="/" onTag={(tag) => list.narrow({ tag })} onChange={({ tags, note }) => list.change({ ...item, tags, note })} />
            </div>
            <div className="tile-tools">
              <EditableName<DesignItem> name={item.name} path={`/api/designs/${item.id}`} onChange={({ name }) => list.change({ ...item, name })}>
                <ShareButton kind="design" id={item.id} name={item.name} small />
                <button type="button" className="btn quiet small icon" aria-label={`Duplicate ${item.name}`} title="Duplicate" onClick={() => void duplicate(item)}><Icon name="copy" /></button>
                <button
                  type="button"
                  className="btn quiet small icon"
                  aria-label={`Delete ${item.name}`}
                  title="Into the trash"
                  onClick={() => void intoTrash({ kind: "design", id: item.id, name: item.name, text: item.runs ? `Its ${item.runs === 1 ? "run stays" : `${full(item.runs)} runs stay`}.` : "" }, () => list.drop(item), () => void list.look())}
                >
                  <Icon name="trash" />
                </button>
              </EditableName>
            </div>
          </li>
        ))}
      </ul>
      {list.count > N_DESIGNS || list.fault ? <ListEnd list={list} what={["design", "designs"]} /> : null}
    </section>
  );
}

function Gallery({ zoo, dataset }: { zoo: ZooItem[]; dataset: DatasetRow | null }) {
  const [query, setQuery] = useState("");
  const [family, setFamily] = useState<string | null>(null);
  const [order, setOrder] = useState<Order>("params");
  const all = useMemo(() => families(zoo), [zoo]);
  const shown = useMemo(() => sorted(search(zoo, query, family, dataset?.task || null), order), [zoo, query, family, order, dataset]);
  const tail = dataset ? `&dataset=${encodeURIComponent(dataset.id)}` : "";
  return (
    <section className="section" aria-labelledby="zoo">
      <div className="spread gallery-head">
        <h2 id="zoo">
          Published architectures <span className="muted">{shown.length === zoo.length ? zoo.length : `${shown.length} of ${zoo.length}`}</span>
        </h2>
        <div className="row wrap gallery-tools">
          <div className="search">
            <Icon name="search" />
            <input className="input" type="search" placeholder="Name, paper, author" aria-label="Search architectures" value={query} onChange={(event) => setQuery(event.target.value)} />
          </div>
          <label className="visually-hidden" htmlFor="order">
            Order
          </label>
          <select id="order" className="select order" value={order} onChange={(event) => setOrder(event.target.value as Order)}>
            <option value="params">Fewest parameters</option>
            <option value="macs">Fewest MACs</option>
            <option value="year">Oldest paper</option>
            <option value="name">Name</option>
          </select>
        </div>
      </div>
      {dataset && (
        <p className="note info gallery-note">
          <span className="grow">Designs for <strong>{dataset.name}</strong>; opening one takes the data along.</span>
          <a href="/">Show all</a>
        </p>
      )}
      <div className="segments family" role="group" aria-label="Family">
        <button type="button" aria-pressed={family === null} onClick={() => setFamily(null)}>
          All
        </button>
        {all.map((name) => (
          <button key={name} type="button" aria-pressed={family === name} onClick={() => setFamily(name)}>
            {familyTitle(name)}
          </button>
        ))}
      </div>
      {shown.length === 0 ? (
        <div className="empty">
          <strong>Nothing matches “{query}”</strong>
          <button type="button" className="btn small" onClick={() => (setQuery(""), setFamily(null))}>
            Show all
          </button>
        </div>
      ) : (
        <ul className="gallery">
          {shown.map((item) => (
            <li key={item.id} className="card tile">
              <a href={`/designs/new?zoo=${item.id}${tail}`}>
                <FetchedPicture address={item.picture} />
                <div className="tile-text">
                  <h3 className="ellipsis"><span className="visually-hidden">Open a copy of </span>{item.title}</h3>
                  <p className="muted ellipsis" title={item.source ? `${item.source.authors}: ${item.source.title} (${item.source.year})` : item.help}>
                    {item.source ? `${item.source.authors.split(/,| and /)[0]}${/,| and /.test(item.source.authors) ? " et al." : ""}, ${item.source.year}` : familyTitle(item.family)}
                  </p>
                  <Figures params={item.params} macs={item.macs} />
                </div>
              </a>
              {item.papers.slice(0, 1).map((paper) => (
                <a key={paper.id} className="tile-paper" href={`/papers/${paper.id}`} title={paper.title}>
                  Paper<span className="visually-hidden"> of {item.title}</span>
                </a>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
