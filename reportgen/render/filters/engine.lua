-- The filters of the embedded engine in turn, those that `rg.filters` in the metadata names.
-- Pandoc hands the document to Lua and takes it back for each file that it is given, which takes
-- longer than what most of these do with it.

local folder = pandoc.path.directory(PANDOC_SCRIPT_FILE)

-- Each has globals of its own, as it has where Pandoc runs it by itself.
local function load(name)
  local own = setmetatable({}, { __index = _G })
  assert(loadfile(pandoc.path.join { folder, name .. '.lua' }, 't', own))()
  return own
end

local function run(name, doc)
  if name == 'citeproc' then return pandoc.utils.citeproc(doc) end
  local filter = load(name)
  return filter.Pandoc and filter.Pandoc(doc) or doc:walk(filter)
end

-- Not a global, which the filters would take for their own.
local function all(doc)
  for _, name in ipairs(doc.meta.rg.filters) do doc = run(pandoc.utils.stringify(name), doc) end
  return doc
end

return { { Pandoc = all } }
