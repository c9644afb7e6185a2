/** What the template gave its island, from `<script type="application/json" id="page-data">`. */
export function pageData<T>(): T {
  const text = document.getElementById("page-data")?.textContent;
  return JSON.parse(text || "{}") as T;
}
