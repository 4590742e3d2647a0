-- What is being written, and the words of its language: shared by the filters of the engine.

local target = {}

local stringify = pandoc.utils.stringify

-- Settings of the engine, under `rg` in the metadata.
function target.read(meta)
  local rg = meta.rg or {}
  target.to = rg.to and stringify(rg.to) or FORMAT
  target.settings = rg
  return target
end

function target.is(name)
  return target.to == name
end

function target.flag(name)
  return target.settings[name] == true
end

function target.text(name, default)
  local found = target.settings[name]
  if found == nil then return default end
  return stringify(found)
end

function target.word(name)
  local words = target.settings.words or {}
  return words[name] and stringify(words[name]) or name
end

-- Text in a string of Typst.
function target.typst_string(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('[\r\n]+', ' ') .. '"'
end

function target.typst_label(id)
  if id == '' then return '' end
  if id:match('^[%w_-]+$') then return ' <' .. id .. '>' end
  return ' #label(' .. target.typst_string(id) .. ')'
end

function target.html_text(text)
  return (text:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

-- Blocks or inlines as the text of a format, to be put inside raw markup.
function target.written(content, format)
  local first = content[1]
  local is_block = first and pandoc.utils.type(first) == 'Block'
  local blocks = is_block and content or { pandoc.Plain(content) }
  local options = { highlight_method = 'idiomatic' }
  return (pandoc.write(pandoc.Pandoc(blocks), format, pandoc.WriterOptions(options)):gsub('%s+$', ''))
end

-- Every id in the document.
function target.ids(doc)
  local found = {}
  local function note(element)
    if element.identifier and element.identifier ~= '' then found[element.identifier] = true end
  end
  doc:walk {
    Div = note, Span = note, Header = note, Figure = note, Table = note, CodeBlock = note,
    Code = note, Image = note, Link = note,
  }
  return found
end

return target
