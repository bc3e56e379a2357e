-- Restore pictures of darktable in Restorer, and bring the results back beside them.
--
-- To install it, copy this file into ~/.config/darktable/lua and add a line to
-- ~/.config/darktable/luarc:    require "restorer"
-- It then is a target in the export panel, "Restorer (edit and come back)": choose TIFF, 16 bit.
-- Each picture opens in Restorer's window; Save writes it back, and closing the window goes on.

local dt = require "darktable"

local RUN = "restorer edit "

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function contents(name)
  local file = io.open(name, "rb")
  if file == nil then return nil end
  local bytes = file:read("a")
  file:close()
  return bytes
end

-- "name-restored.tif", or with a number if there is one already
local function free_name(folder, stem, suffix)
  local name, count = folder .. "/" .. stem .. "-restored." .. suffix, 2
  while contents(name) ~= nil do
    name = folder .. "/" .. stem .. "-restored-" .. count .. "." .. suffix
    count = count + 1
  end
  return name
end

local function store(storage, image, format, filename, number, total, high_quality, extra)
  dt.print(string.format("Restorer: picture %d of %d", number, total))
end

local function bring_back(storage, exported, extra)
  for image, filename in pairs(exported) do
    local before = contents(filename)
    dt.control.execute(RUN .. quoted(filename))
    local after = contents(filename)
    if after ~= nil and after ~= before then
      local suffix = filename:match("%.(%w+)$")
      local stem = image.filename:gsub("%.%w+$", "")
      local target = free_name(image.path, stem, suffix)
      local file = io.open(target, "wb")
      if file == nil then
        dt.print("Restorer: " .. target .. " could not be written")
      else
        file:write(after)
        file:close()
        local restored = dt.database.import(target)
        restored:group_with(image.group_leader)
      end
    end
    os.remove(filename)
  end
end

dt.register_storage("restorer", "Restorer (edit and come back)", store, bring_back)
